import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCutter } from './cut.js';

const batches = fc.array(fc.record({ rows: fc.nat(100), bytes: fc.nat(1000) }), { maxLength: 50 });

describe('where an output is cut', () => {
  it('is the same whenever the same batches come', () => {
    fc.assert(
      fc.property(batches, (list) => {
        const cuts = () => {
          const cutter = createCutter({ rows: 150, bytes: 2_000, single: false });
          return list.map(({ rows, bytes }) => cutter.take(rows, bytes));
        };
        expect(cuts()).toEqual(cuts());
      }),
    );
  });

  it('is after the first batch that fills the rows or the bytes', () => {
    const cutter = createCutter({ rows: 10, bytes: 100, single: false });
    expect(cutter.take(9, 1)).toBe(false);
    expect(cutter.take(1, 1)).toBe(true);
    expect(cutter.take(1, 99)).toBe(false);
    expect(cutter.take(0, 1)).toBe(true);
  });

  it('is nowhere in a single file', () => {
    const cutter = createCutter({ rows: 1, bytes: 1, single: true });
    expect(cutter.take(1_000, 1_000)).toBe(false);
  });
});
