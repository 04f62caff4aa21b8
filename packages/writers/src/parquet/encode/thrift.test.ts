import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBuffer } from './byte-buffer.js';
import { appendStruct, type CompactWriter } from './thrift.js';

const bytesOf = (write: (fields: CompactWriter) => void): number[] => {
  const out = new ByteBuffer(8);
  appendStruct(out, write);
  return [...out.written()];
};

/** A zigzag varint, read with bigints: by other means than it was written. */
function zigzagAt(bytes: readonly number[], start: number): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  let at = start;
  for (let shift = 0n; ; shift += 7n) {
    const byte = BigInt(bytes[at++] ?? 0);
    value |= (byte & 127n) << shift;
    if (byte < 128n) break;
  }
  return { value: (value >> 1n) ^ -(value & 1n), end: at };
}

describe('compact protocol', () => {
  it('puts the step to the field before into four bits where it fits, else the whole number', () => {
    expect(bytesOf((fields) => fields.i32(1, -1))).toEqual([0x15, 1, 0]);
    expect(bytesOf((fields) => fields.i32(16, 1))).toEqual([0x05, 32, 2, 0]);
    expect(
      bytesOf((fields) => {
        fields.bool(1, true);
        fields.bool(3, false);
        fields.i16(18, 3);
      }),
    ).toEqual([0x11, 0x22, 0xf4, 6, 0]);
  });

  it('begins to count anew in a struct, and goes on where it was after it', () => {
    expect(
      bytesOf((fields) => {
        fields.struct(5, () => fields.i32(2, 3));
        fields.structs(6, [7, 8], (value) => fields.i32(1, value));
        fields.text(8, 'é');
      }),
    ).toEqual([0x5c, 0x25, 6, 0, 0x19, 0x2c, 0x15, 14, 0, 0x15, 16, 0, 0x28, 2, 0xc3, 0xa9, 0]);
  });

  it('writes lists of up to 14 in a short form, longer ones with their length', () => {
    expect(bytesOf((fields) => fields.i32s(2, []))).toEqual([0x29, 0x05, 0]);
    expect(bytesOf((fields) => fields.i64s(2, new Array(14).fill(0))).slice(0, 2)).toEqual([0x29, 0xe6]);
    expect(bytesOf((fields) => fields.i32s(2, new Array(15).fill(0))).slice(0, 3)).toEqual([0x29, 0xf5, 15]);
    expect(bytesOf((fields) => fields.bools(1, [true, false]))).toEqual([0x19, 0x21, 1, 2, 0]);
    expect(bytesOf((fields) => fields.texts(1, ['ab', '']))).toEqual([0x19, 0x28, 2, 97, 98, 0, 0]);
    expect(bytesOf((fields) => fields.binaries(1, [Uint8Array.of(9)]))).toEqual([0x19, 0x18, 1, 9, 0]);
  });

  it('writes whole numbers up to 2^53 of both signs', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bytes = bytesOf((fields) => fields.i64(1, value));
        expect(bytes[0]).toBe(0x16);
        const read = zigzagAt(bytes, 1);
        expect(read.value).toBe(BigInt(value));
        expect(bytes.slice(read.end)).toEqual([0]);
      }),
    );
  });
});
