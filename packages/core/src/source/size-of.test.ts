import { describe, expect, it } from 'vitest';
import { estimateBytes } from './size-of.js';

describe('estimated bytes', () => {
  it('grow with the text and the fields of an item', () => {
    expect(estimateBytes('x'.repeat(1_000))).toBeGreaterThanOrEqual(2_000);
    expect(estimateBytes({ a: 'x'.repeat(1_000), b: 1 })).toBeGreaterThan(
      estimateBytes({ a: 'x'.repeat(1_000) }),
    );
  });

  it('count the bytes of buffers and typed arrays', () => {
    expect(estimateBytes(Buffer.alloc(4_096))).toBeGreaterThanOrEqual(4_096);
    expect(estimateBytes({ data: new Float64Array(1_000) })).toBeGreaterThanOrEqual(8_000);
  });

  it('extrapolate long arrays from their beginning', () => {
    const one = estimateBytes(['abcdefgh']);
    expect(estimateBytes(Array.from({ length: 10_000 }, () => 'abcdefgh'))).toBeGreaterThan(
      5_000 * (one - 32),
    );
  });

  it('end on cycles', () => {
    const cycle: Record<string, unknown> = { name: 'x' };
    cycle.self = cycle;
    expect(estimateBytes(cycle)).toBeLessThan(1_000);
  });

  it('take null, undefined, numbers, bigints, dates and booleans', () => {
    for (const value of [null, undefined, 1, 2n, new Date(0), true])
      expect(estimateBytes(value)).toBeGreaterThan(0);
  });
});
