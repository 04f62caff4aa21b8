import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepOf, timeLabel, timeSteps } from './time-axis.js';

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];
/** What stands at the marks of an axis with room for eight. */
function marksOf(spanMs: number): readonly string[] {
  const step = stepOf(spanMs, 8);
  return Array.from({ length: Math.floor(spanMs / step) + 1 }, (_, index) => timeLabel(index * step, spanMs));
}

describe('the axis of time', () => {
  it('counts in seconds below a minute', () => {
    expect(marksOf(1)).toEqual(['0 s', '0.001 s']);
    expect(marksOf(350)).toEqual(['0 s', '0.05 s', '0.1 s', '0.15 s', '0.2 s', '0.25 s', '0.3 s', '0.35 s']);
    expect(marksOf(6_170)).toEqual(['0 s', '1 s', '2 s', '3 s', '4 s', '5 s', '6 s']);
    expect(marksOf(59 * second)).toEqual(['0 s', '10 s', '20 s', '30 s', '40 s', '50 s']);
  });

  it('counts in minutes and seconds below an hour', () => {
    expect(marksOf(100 * second)).toEqual(['0:00', '0:15', '0:30', '0:45', '1:00', '1:15', '1:30']);
    expect(marksOf(11 * minute)).toEqual(['0:00', '2:00', '4:00', '6:00', '8:00', '10:00']);
    expect(marksOf(hour - 1)).toEqual(['0:00', '10:00', '20:00', '30:00', '40:00', '50:00']);
  });

  it('counts in hours, minutes and seconds from an hour on, however long it was', () => {
    expect(marksOf(hour + 50 * minute)).toEqual([
      '0:00:00',
      '0:15:00',
      '0:30:00',
      '0:45:00',
      '1:00:00',
      '1:15:00',
      '1:30:00',
      '1:45:00',
    ]);
    expect(timeLabel(2 * hour + 5 * minute, 3 * hour)).toBe('2:05:00');
    expect(marksOf(30 * hour)).toEqual([
      '0:00:00',
      '6:00:00',
      '12:00:00',
      '18:00:00',
      '24:00:00',
      '30:00:00',
    ]);
    expect(marksOf(9 * day)).toEqual(['0:00:00', '48:00:00', '96:00:00', '144:00:00', '192:00:00']);
  });

  it('has no more marks than there is room for, and one beside its start, of every span that dates can have', () => {
    expect(timeSteps).toEqual(timeSteps.toSorted((a, b) => a - b));
    const spans = fc.double({ min: 1, max: 8.64e15, noNaN: true });
    fc.assert(
      fc.property(spans, fc.integer({ min: 3, max: 8 }), (span, most) => {
        const marks = Math.floor(span / stepOf(span, most));
        expect(marks).toBeLessThanOrEqual(most);
        expect(marks).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});
