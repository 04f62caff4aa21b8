import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { appendBitPacked, bitsFor, packPairs } from './bit-packing.js';
import { ByteBuffer } from './byte-buffer.js';

/** Reads `count` numbers of `width` bits as the format describes them, bit by bit. */
function unpack(bytes: Uint8Array, count: number, width: number): bigint[] {
  return Array.from({ length: count }, (_, i) => {
    let value = 0n;
    for (let bit = 0; bit < width; bit++) {
      const at = i * width + bit;
      if ((((bytes[at >> 3] ?? 0) >> (at & 7)) & 1) === 1) value |= 1n << BigInt(bit);
    }
    return value;
  });
}

const numbersOf = (maxWidth: number, minWidth: number) =>
  fc.integer({ min: minWidth, max: maxWidth }).chain((width) =>
    fc.record({
      width: fc.constant(width),
      values: fc.array(fc.bigInt({ min: 0n, max: (1n << BigInt(width)) - 1n }), { maxLength: 200 }),
      before: fc.integer({ min: 0, max: 5 }),
    }),
  );

describe('bit packing', () => {
  test('every width reads back bit by bit, in whole groups of eight', () => {
    fc.assert(
      fc.property(numbersOf(32, 0), ({ width, values, before }) => {
        const out = new ByteBuffer(1);
        out.appendBytes(new Uint8Array(before).fill(255));
        const words = Int32Array.from([9, ...values.map((value) => Number(BigInt.asIntN(32, value)))]);
        appendBitPacked(out, words, 1, values.length, width);
        const bytes = out.written().subarray(before);
        expect(bytes.length).toBe(Math.ceil(values.length / 8) * width);
        expect(unpack(bytes, values.length, width)).toEqual(values);
        const padded = Math.ceil(values.length / 8) * 8;
        expect(
          unpack(bytes, padded, width)
            .slice(values.length)
            .every((value) => value === 0n),
        ).toBe(true);
      }),
    );
  });

  test('numbers of two words read back bit by bit', () => {
    fc.assert(
      fc.property(numbersOf(64, 33), ({ width, values, before }) => {
        const size = Math.ceil((values.length * width) / 8);
        const bytes = new Uint8Array(before + size + 3).fill(255);
        const low = Int32Array.from(values, (value) => Number(BigInt.asIntN(32, value)));
        const high = Int32Array.from(values, (value) => Number(BigInt.asIntN(32, value >> 32n)));
        const end = packPairs(new DataView(bytes.buffer), before, low, high, 0, values.length, width);
        expect(end).toBe(before + size);
        expect(unpack(bytes.subarray(before), values.length, width)).toEqual(values);
      }),
    );
  });

  test('bitsFor tells how many bits hold a number', () => {
    expect([0, 1, 2, 255, 256, 0x7fffffff].map(bitsFor)).toEqual([0, 1, 2, 8, 9, 31]);
  });
});
