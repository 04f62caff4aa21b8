import { describe, expect, it } from 'vitest';
import { halfBits, numberOfHalf } from './float16.js';

describe('half floats', () => {
  it('are the same bits after the way through a number, all 65,536 of them', () => {
    for (let bits = 0; bits < 65_536; bits++) {
      const value = numberOfHalf(bits);
      if (Number.isNaN(value)) expect(halfBits(value)).toBe(0x7e00);
      else if (halfBits(value) !== bits) throw new Error(`${bits} became ${halfBits(value)}`);
    }
  });

  it('are the nearest to a number, and of two as near the even one', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [numberOfHalf(bits), numberOfHalf(bits + 1)];
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const found = [halfBits(middle), halfBits(middle - (high - low) / 8), halfBits(-middle)];
      if (found[0] !== even || found[1] !== bits || found[2] !== (even | 0x8000))
        throw new Error(`at ${bits}: ${found}`);
    }
    expect(halfBits(65_519)).toBe(0x7bff);
    expect(halfBits(65_520)).toBe(0x7c00);
    expect(halfBits(-0)).toBe(0x8000);
  });
});
