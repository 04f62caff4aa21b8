import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scaleOver, tickLabel } from './scale.js';

describe('a straight scale', () => {
  it('begins at zero and has round ticks that reach beyond the largest value', () => {
    const scale = scaleOver([3, 17], { label: '', log: false }, 0, 100);
    expect(scale.ticks).toEqual([0, 5, 10, 15, 20]);
    expect(scale.at(0)).toBe(0);
    expect(scale.at(20)).toBe(100);
  });

  it('reaches below zero where values do', () => {
    expect(scaleOver([-13, 41], { label: '', log: false }, 0, 100).ticks).toEqual([-20, 0, 20, 40, 60]);
  });

  it('takes values next to zero for zero', () => {
    expect(scaleOver([-1.5e-323], { label: '', log: false }, 0, 100).ticks).toEqual([-1, 0]);
  });
});

describe('a logarithmic scale', () => {
  it('has ticks at powers of ten around the values', () => {
    expect(scaleOver([2, 300], { label: '', log: true }, 0, 100).ticks).toEqual([1, 10, 100, 1_000]);
  });
});

describe('any scale', () => {
  it('keeps every value between its ends, in order', () => {
    const values = fc.array(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, fc.boolean(), (given, log) => {
        const scale = scaleOver(given, { label: '', log }, 0, 100);
        const pixels = [...given].sort((a, b) => a - b).map((value) => scale.at(value));
        expect(Math.min(...pixels)).toBeGreaterThanOrEqual(-1e-6);
        expect(Math.max(...pixels)).toBeLessThanOrEqual(100 + 1e-6);
        expect([...pixels].sort((a, b) => a - b)).toEqual(pixels);
        expect(scale.ticks.length).toBeLessThanOrEqual(14);
      }),
    );
  });
});

describe('labels of ticks', () => {
  it('are short', () => {
    expect([0, 0.5, 40, 1_000, 250_000, 32e6, 2e9, -20].map(tickLabel)).toEqual([
      '0',
      '0.5',
      '40',
      '1k',
      '250k',
      '32M',
      '2G',
      '-20',
    ]);
  });
});
