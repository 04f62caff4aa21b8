import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BudgetPurpose } from './budget.js';
import { createBudget } from './create-budget.js';

const purposes: readonly BudgetPurpose[] = ['builder', 'batch', 'encoder', 'upload'];

describe('createBudget', () => {
  it('is saturated from the high-water mark until the low one, exactly', () => {
    const budget = createBudget({ limitBytes: 100 });
    const seen: boolean[] = [];
    budget.onChange((saturated) => seen.push(saturated));
    const held = budget.reserve(74, 'batch');
    expect(budget.saturated).toBe(false);
    held.resize(75);
    expect(budget.saturated).toBe(true);
    held.resize(51);
    expect(budget.saturated).toBe(true);
    held.resize(50);
    expect(budget.saturated).toBe(false);
    held.resize(74);
    expect(budget.saturated).toBe(false);
    expect(seen).toEqual([true, false]);
  });

  it('admits a reservation larger than the limit, and remembers the peak', () => {
    const budget = createBudget({ limitBytes: 10 });
    const held = budget.reserve(1_000, 'batch');
    expect(budget.usedBytes).toBe(1_000);
    held.release();
    expect(budget.usedBytes).toBe(0);
    expect(budget.peakBytes).toBe(1_000);
  });

  it('counts a release once, however often it is called, and ignores what follows it', () => {
    const budget = createBudget({ limitBytes: 100 });
    const held = budget.reserve(40, 'encoder');
    held.release();
    held.release();
    held.resize(30);
    held.assign('upload');
    expect([budget.usedBytes, held.bytes, ...purposes.map((purpose) => budget.used(purpose))]).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
  });

  it('wakes all who wait when it opens, and none before', async () => {
    const budget = createBudget({ limitBytes: 100 });
    const held = budget.reserve(80, 'batch');
    const woken: number[] = [];
    const waits = [1, 2].map((who) => budget.whenOpen().then(() => woken.push(who)));
    held.resize(60);
    await Promise.resolve();
    expect(woken).toEqual([]);
    held.release();
    await Promise.all(waits);
    expect(woken).toEqual([1, 2]);
    await budget.whenOpen();
  });

  it('rejects a wait with the reason of its signal, before or during the wait', async () => {
    const budget = createBudget({ limitBytes: 100 });
    budget.reserve(80, 'batch');
    const cancel = new AbortController();
    const during = budget.whenOpen(cancel.signal);
    cancel.abort(new Error('enough'));
    await expect(during).rejects.toThrow('enough');
    await expect(budget.whenOpen(cancel.signal)).rejects.toThrow('enough');
  });

  it('stops telling a listener that was taken off', () => {
    const budget = createBudget({ limitBytes: 100 });
    let told = 0;
    const stop = budget.onChange(() => {
      told += 1;
    });
    const held = budget.reserve(80, 'batch');
    stop();
    held.release();
    expect(told).toBe(1);
  });

  it.each([
    [{ limitBytes: 0 }],
    [{ limitBytes: 1.5 }],
    [{ limitBytes: Number.NaN }],
    [{ limitBytes: 100, highWater: 1.2 }],
    [{ limitBytes: 100, lowWater: 0 }],
    [{ limitBytes: 100, lowWater: 0.8, highWater: 0.8 }],
  ])('refuses %j', (options) => {
    expect(() => createBudget(options)).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }));
  });

  it('refuses a reservation that is no whole number of bytes', () => {
    const budget = createBudget({ limitBytes: 100 });
    for (const bytes of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => budget.reserve(bytes, 'batch')).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }));
    }
    expect(budget.usedBytes).toBe(0);
  });

  it('never drifts: use is the sum of what is held, and saturation follows the marks, after any history', () => {
    const action = fc.oneof(
      fc.record({
        do: fc.constant('reserve' as const),
        bytes: fc.nat(60),
        purpose: fc.constantFrom(...purposes),
      }),
      fc.record({ do: fc.constant('resize' as const), at: fc.nat(), bytes: fc.nat(60) }),
      fc.record({ do: fc.constant('assign' as const), at: fc.nat(), purpose: fc.constantFrom(...purposes) }),
      fc.record({ do: fc.constant('release' as const), at: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const budget = createBudget({ limitBytes: 100 });
        const held: {
          bytes: number;
          purpose: BudgetPurpose;
          live: boolean;
          of: ReturnType<typeof budget.reserve>;
        }[] = [];
        let saturated = false;
        let changes = 0;
        let expectedChanges = 0;
        budget.onChange(() => {
          changes += 1;
        });
        for (const step of actions) {
          if (step.do === 'reserve') {
            const { bytes, purpose } = step;
            held.push({ bytes, purpose, live: true, of: budget.reserve(bytes, purpose) });
          } else {
            const entry = held[step.at % Math.max(1, held.length)];
            if (entry === undefined) continue;
            if (step.do === 'resize') {
              entry.of.resize(step.bytes);
              if (entry.live) entry.bytes = step.bytes;
            } else if (step.do === 'assign') {
              entry.of.assign(step.purpose);
              if (entry.live) entry.purpose = step.purpose;
            } else {
              entry.of.release();
              entry.live = false;
            }
          }
          const live = held.filter((entry) => entry.live);
          const used = live.reduce((sum, entry) => sum + entry.bytes, 0);
          const next: boolean = saturated ? used > 50 : used >= 75;
          if (next !== saturated) expectedChanges += 1;
          saturated = next;
          expect(budget.usedBytes).toBe(used);
          expect(budget.saturated).toBe(saturated);
          expect(changes).toBe(expectedChanges);
          for (const purpose of purposes) {
            const ofPurpose = live.filter((entry) => entry.purpose === purpose);
            expect(budget.used(purpose)).toBe(ofPurpose.reduce((sum, entry) => sum + entry.bytes, 0));
          }
        }
      }),
    );
  });

  it('opens up to its limit when it is relaxed, and is strict again once the low-water mark is reached', () => {
    const budget = createBudget({ limitBytes: 100 });
    const held = budget.reserve(80, 'builder');
    expect(budget.saturated).toBe(true);
    budget.relax();
    expect(budget.saturated).toBe(false);
    held.resize(99);
    expect(budget.saturated).toBe(false);
    held.resize(100);
    expect(budget.saturated).toBe(true);
    held.resize(50);
    expect(budget.saturated).toBe(false);
    held.resize(75);
    expect(budget.saturated).toBe(true);
  });
});
