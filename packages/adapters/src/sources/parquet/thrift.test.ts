import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concat,
  encodeInteger,
  encodeStruct,
  encodeStructList,
  readInteger,
  readList,
  readStruct,
  readText,
  thriftType,
} from './thrift.js';

describe('thrift', () => {
  it('reads back every integer below 2^52', () => {
    const integer = fc.integer({ min: 1 - 2 ** 52, max: 2 ** 52 - 1 });
    fc.assert(
      fc.property(integer, (value) => {
        const bytes = encodeInteger(value);
        expect(readInteger(bytes, { start: 0, end: bytes.length })).toBe(value);
      }),
    );
  });

  it('reads back the fields of a struct, whatever their ids', () => {
    const ids = fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(ids, (given) => {
        const sorted = [...given].sort((a, b) => a - b);
        const bytes = encodeStruct(
          sorted.map((id) => ({ id, type: thriftType.i64, bytes: encodeInteger(id * 1_000) })),
        );
        const fields = [...readStruct(bytes).values()];
        expect(fields.map((field) => [field.id, readInteger(bytes, field)])).toEqual(
          sorted.map((id) => [id, id * 1_000]),
        );
      }),
    );
  });

  it('finds the structs of short and long lists', () => {
    for (const count of [0, 1, 14, 15, 16, 200]) {
      const items = Array.from({ length: count }, (_, index) =>
        encodeStruct([{ id: 1, type: thriftType.i32, bytes: encodeInteger(index) }]),
      );
      const list = encodeStructList(items);
      const ranges = readList(list, { start: 0, end: list.length });
      expect(ranges.map((range) => list.slice(range.start, range.end))).toEqual(items);
    }
  });

  it('steps over booleans, doubles, maps, sets, uuids and nested structs', () => {
    const text = concat([Uint8Array.of(2), Buffer.from('hi')]);
    const inner = encodeStruct([{ id: 4, type: thriftType.binary, bytes: text }]);
    const bytes = encodeStruct([
      { id: 1, type: thriftType.true, bytes: new Uint8Array(0) },
      { id: 2, type: thriftType.double, bytes: new Uint8Array(8) },
      { id: 3, type: thriftType.map, bytes: Uint8Array.of(1, (thriftType.i32 << 4) | thriftType.true, 2, 1) },
      { id: 4, type: thriftType.map, bytes: Uint8Array.of(0) },
      { id: 5, type: thriftType.set, bytes: Uint8Array.of((2 << 4) | thriftType.i8, 1, 2) },
      { id: 6, type: thriftType.uuid, bytes: new Uint8Array(16) },
      { id: 7, type: thriftType.struct, bytes: inner },
      { id: 8, type: thriftType.binary, bytes: text },
    ]);
    const fields = readStruct(bytes);
    expect([...fields.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const last = fields.get(8);
    expect(last && readText(bytes, last)).toBe('hi');
  });

  it('throws RangeError, and ends, on any damaged bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          readStruct(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 500 },
    );
    expect(() => readStruct(Uint8Array.of(0x18, 0x7f, 1))).toThrowError(/ends too early/);
  });

  it.each([
    ['booleans', 0x01],
    ['bytes', 0x03],
    ['doubles', 0x07],
  ])('ends at once on a list that claims to hold more %s than there are bytes', (_, type) => {
    // 2^42 of them: counting them all would take hours.
    const bytes = Uint8Array.of(0x19, 0xf0 | type, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01);
    expect(() => readStruct(bytes)).toThrowError(/ends too early/);
  });
});
