import fc from 'fast-check';
import { deltaBinaryUnpack, deltaLengthByteArray } from 'hyparquet/src/delta.js';
import { describe, expect, test } from 'vitest';
import { ByteBuffer } from './byte-buffer.js';
import { appendDeltaWords } from './delta.js';
import { appendDeltaStrings } from './delta-strings.js';

const readerOf = (bytes: Uint8Array) => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  offset: 0,
});

function encoded(words: Int32Array, count: number, width: 1 | 2): Uint8Array {
  const out = new ByteBuffer(1);
  appendDeltaWords(out, words, count, width);
  return out.written();
}

function roundTrip32(values: readonly number[]): void {
  const bytes = encoded(Int32Array.from(values), values.length, 1);
  const reader = readerOf(bytes);
  const output = new Int32Array(values.length);
  deltaBinaryUnpack(reader, values.length, output);
  expect([...output]).toEqual(values);
  expect(reader.offset).toBe(bytes.length);
}

function roundTrip64(values: readonly bigint[]): void {
  const longs = BigInt64Array.from(values);
  const bytes = encoded(new Int32Array(longs.buffer), values.length, 2);
  const output = new BigInt64Array(values.length);
  deltaBinaryUnpack(readerOf(bytes), values.length, output);
  expect([...output]).toEqual(values);
}

const min64 = -(2n ** 63n);
const max64 = 2n ** 63n - 1n;
const anyLong = fc.bigInt({ min: min64, max: max64 });
const extremeLong = fc.constantFrom(
  min64,
  max64,
  0n,
  -1n,
  1n,
  2n ** 31n,
  -(2n ** 31n),
  2n ** 32n,
  min64 + 1n,
);
const extremeInt = fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0, -1, 1, -(2 ** 31) + 1);
const longs = (value: fc.Arbitrary<bigint>) => fc.array(value, { minLength: 1, maxLength: 400 });

describe('DELTA_BINARY_PACKED', () => {
  test('hyparquet reads back 32-bit integers of any size', () => {
    const ints = fc.oneof(fc.integer(), fc.integer({ min: -9, max: 9 }), extremeInt);
    fc.assert(fc.property(fc.array(ints, { minLength: 1, maxLength: 400 }), roundTrip32));
  });

  test('hyparquet reads back 64-bit integers of any size', () => {
    fc.assert(
      fc.property(longs(fc.oneof(anyLong, extremeLong, fc.bigInt({ min: -9n, max: 9n }))), roundTrip64),
    );
  });

  test('hyparquet reads back 64-bit integers that lie near each other anywhere', () => {
    const near = fc
      .tuple(anyLong, longs(fc.bigInt({ min: 0n, max: 2n ** 31n })))
      .map(([base, steps]) => steps.map((step) => BigInt.asIntN(64, base + step)));
    fc.assert(fc.property(near, roundTrip64));
  });

  test('a sequence takes less than a bit per value', () => {
    const values = BigInt64Array.from({ length: 65_536 }, (_, i) => BigInt(i) + 2n ** 40n);
    expect(encoded(new Int32Array(values.buffer), values.length, 2).length).toBeLessThan(65_536 / 8);
  });

  test('no values make a header alone', () => {
    expect([...encoded(new Int32Array(0), 0, 2)]).toEqual([128, 1, 4, 0, 0]);
  });
});

describe('DELTA_LENGTH_BYTE_ARRAY', () => {
  test('hyparquet reads back strings of any length, empty ones included', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { minLength: 2, maxLength: 300 }), (strings) => {
        const offsets = new Int32Array(strings.length + 1);
        strings.forEach((string, i) => {
          offsets[i + 1] = (offsets[i] ?? 0) + string.length;
        });
        const out = new ByteBuffer(1);
        appendDeltaStrings(out, offsets, Uint8Array.from(Buffer.concat(strings)), 1, strings.length - 1);
        const read: Uint8Array[] = [];
        deltaLengthByteArray(readerOf(out.written()), strings.length - 1, read);
        expect(read).toEqual(strings.slice(1));
      }),
    );
  });
});
