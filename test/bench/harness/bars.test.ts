import { describe, expect, it } from 'vitest';
import { atLeast, atMost, isMet } from './bars.js';

describe('bars', () => {
  it('are met at the figure that was promised, on the right side of it', () => {
    expect([1.79, 1.8, 1.81].map((measured) => isMet(atLeast('speed', 1.8, measured, 'x')))).toEqual([
      false,
      true,
      true,
    ]);
    expect([14, 15, 16].map((measured) => isMet(atMost('delay', 15, measured, 'ms')))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('are missed by what could not be measured', () => {
    expect(isMet(atLeast('speed', 0, Number.NaN, 'x'))).toBe(false);
    expect(isMet(atMost('delay', 15, Number.NaN, 'ms'))).toBe(false);
  });
});
