import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Crew, type CrewSeen, decideCrew, firstCrew, turnsOf } from './crew.js';

const flowing: CrewSeen = { stages: 'flowing', idleShare: 0, wanted: 1, up: true };
/** The crew after one look after the other. */
const after = (cores: number, ...looks: Partial<CrewSeen>[]): Crew =>
  looks.reduce((crew: Crew, look) => decideCrew(crew, { ...flowing, ...look }, cores), firstCrew);

describe('an automatic crew', () => {
  it('is one thread while one write at a time is all there is', () => {
    expect(after(8, {}, {}, {}, {}).places).toBe(1);
    expect(after(8, { stages: 'ended' }, { stages: 'ended' }).places).toBe(1);
  });

  it('grows when more is wanted for two looks, at once when the main thread waits', () => {
    expect(after(2, { wanted: 2 }).places).toBe(1);
    expect(after(2, { wanted: 2 }, { wanted: 1 }, { wanted: 2 }).places).toBe(1);
    expect(after(2, { wanted: 2 }, { wanted: 2 }).places).toBe(2);
    expect(after(2, { wanted: 2, stages: 'blocked' }).places).toBe(2);
    expect(after(2, { wanted: 2, stages: 'ended' }).places).toBe(2);
  });

  it('doubles, and waits for those that are still starting', () => {
    const ended: Partial<CrewSeen> = { stages: 'ended', wanted: 100 };
    expect(after(64, ended, ended, ended).places).toBe(8);
    expect(after(64, ended, { ...ended, up: false }, { ...ended, up: false }).places).toBe(2);
  });

  it('leaves a core to the main thread while that computes, and takes it while that waits', () => {
    const turns = (...looks: Partial<CrewSeen>[]): number => turnsOf(after(2, ...looks), 2);
    expect(turns({ wanted: 9 }, { wanted: 9 }, { wanted: 9 })).toBe(1);
    expect(turns({ stages: 'blocked' })).toBe(2);
    expect(turns({ stages: 'blocked' }, { idleShare: 1 })).toBe(1);
    expect(turns({}, { stages: 'ended', idleShare: 0 })).toBe(2);
  });

  it('takes the core of a main thread that has little to do, and gives it back, with hysteresis', () => {
    const turns = (...idle: number[]): number =>
      turnsOf(after(4, ...idle.map((idleShare): Partial<CrewSeen> => ({ stages: 'unknown', idleShare }))), 4);
    expect(turns(0.9)).toBe(3);
    expect(turns(0.9, 0.9)).toBe(4);
    expect(turns(0.9, 0.1, 0.9)).toBe(3);
    expect(turns(0.9, 0.9, 0.5, 0.5, 0.5)).toBe(4);
    expect(turns(0.9, 0.9, 0.1)).toBe(4);
    expect(turns(0.9, 0.9, 0.1, 0.1)).toBe(3);
    expect(turns(0.9, 0.9, 0.1, 0.1, 0.5, 0.5)).toBe(3);
  });

  it('never shrinks, never has more threads than cores or than are of use, and always one', () => {
    const seen = fc.record({
      stages: fc.constantFrom<CrewSeen['stages']>('flowing', 'blocked', 'ended', 'unknown'),
      idleShare: fc.double({ min: 0, max: 1, noNaN: true }),
      wanted: fc.nat(100),
      up: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.array(seen, { maxLength: 40 }), (cores, looks) => {
        let crew = firstCrew;
        for (const look of looks) {
          const next = decideCrew(crew, look, cores);
          expect(next.places).toBeGreaterThanOrEqual(crew.places);
          expect(next.places).toBeLessThanOrEqual(Math.max(crew.places, Math.min(cores, look.wanted)));
          expect(turnsOf(next, cores)).toBeGreaterThanOrEqual(Math.max(1, cores - 1));
          expect(turnsOf(next, cores)).toBeLessThanOrEqual(cores);
          crew = next;
        }
      }),
    );
  });
});
