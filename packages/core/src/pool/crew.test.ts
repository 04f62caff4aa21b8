import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Crew, type CrewSeen, decideCrew, firstCrew } from './crew.js';

const flowing: CrewSeen = { stages: 'flowing', wanted: 1, up: true };
/** The crew after one look after the other. */
const after = (cores: number, ...looks: Partial<CrewSeen>[]): Crew => afterWith(true, cores, ...looks);
const afterWith = (givesWay: boolean, cores: number, ...looks: Partial<CrewSeen>[]): Crew =>
  looks.reduce(
    (crew: Crew, look) => decideCrew(crew, { ...flowing, ...look }, { cores, givesWay }),
    firstCrew,
  );

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

  it('leaves a core to a main thread that computes, where threads do not give way to it', () => {
    const much: Partial<CrewSeen> = { wanted: 9 };
    expect(afterWith(false, 2, much, much, much, much).places).toBe(1);
    expect(afterWith(false, 4, much, much, much, much, much, much).places).toBe(3);
    expect(afterWith(false, 2, much, { ...much, stages: 'blocked' }).places).toBe(2);
    expect(afterWith(false, 1, much, much).places).toBe(1);
  });

  it('never shrinks, never has more threads than cores or than are of use, and always one', () => {
    const seen = fc.record({
      stages: fc.constantFrom<CrewSeen['stages']>('flowing', 'blocked', 'ended', 'unknown'),
      wanted: fc.nat(100),
      up: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.boolean(),
        fc.array(seen, { maxLength: 40 }),
        (cores, givesWay, looks) => {
          let crew = firstCrew;
          for (const look of looks) {
            const next = decideCrew(crew, look, { cores, givesWay });
            expect(next.places).toBeGreaterThanOrEqual(crew.places);
            expect(next.places).toBeLessThanOrEqual(Math.max(crew.places, Math.min(cores, look.wanted)));
            crew = next;
          }
        },
      ),
    );
  });
});
