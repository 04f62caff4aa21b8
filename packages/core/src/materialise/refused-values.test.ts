import { describe, expect, it } from 'vitest';
import {
  decimal,
  duration,
  fixedSizeBinary,
  float16,
  float32,
  int8,
  int16,
  nullType,
  time,
  uint8,
  uint16,
  uint32,
  uint64,
} from '../batch/flat-types.js';
import { fixedSizeList, list, map, struct } from '../batch/nested-types.js';
import { type ColumnType, defineSchema, int32, int64, nullable, timestamp, utf8 } from '../batch/schema.js';
import { buildBatch } from './test-rig.js';

/** The error of a column `c` that is given this value in its second row; the first holds a good one. */
function refusalOf(type: ColumnType<unknown>, good: unknown, bad: unknown): unknown {
  const schema = defineSchema({ c: type });
  try {
    buildBatch<unknown>([{ c: good }, { c: bad }], schema);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('values that do not fit', () => {
  it.each<[string, ColumnType<unknown>, unknown, unknown, RegExp]>([
    ['int8', int8(), -128, 128, /whole number from -128 to 127, but the number 128 came/],
    ['int8', int8(), 0, Number.NaN, /the number NaN/],
    ['int16', int16(), 32_767, 1.5, /the number 1.5/],
    ['uint8', uint8(), 255, 256, /from 0 to 255/],
    ['uint16', uint16(), 0, -1, /from 0 to 65535/],
    ['uint32', uint32(), 4_294_967_295, 4_294_967_296, /from 0 to 4294967295/],
    ['int32', int32(), 2 ** 31 - 1, 2 ** 31, /the number 2147483648/],
    ['uint64', uint64(), 2n ** 64n - 1n, 2n ** 64n, /from 0 to 2\^64 - 1/],
    ['uint64', uint64(), 0n, -1n, /the bigint -1n/],
    ['uint64', uint64({ js: 'number' }), 5, 2 ** 53, /safe integer/],
    [
      'uint64',
      uint64({ js: 'number' }),
      2n ** 53n - 1n,
      2n ** 53n,
      /safe integer from 0, as rows have numbers/,
    ],
    ['int64', int64({ js: 'number' }), 1n - 2n ** 53n, -(2n ** 63n), /safe integer, as rows .*js: 'bigint'/],
    ['duration', duration('s', { js: 'number' }), 5n, 2n ** 53n, /safe integer, as rows have numbers/],
    ['timestamp', timestamp('ms', { js: 'number' }), 2n, 2n ** 60n, /within 2\^53 ms of 1970/],
    [
      'timestamp',
      timestamp('us', { js: 'number' }),
      new Date(1),
      new Date(8.64e15),
      /within 2\^53 us of 1970/,
    ],
    [
      'timestamp',
      timestamp('ns', { js: 'number' }),
      new Date(9_007_199_254),
      new Date(9_007_199_255),
      /2\^53 ns/,
    ],
    ['timestamp', timestamp('us', { js: 'number', timezone: null }), 2, -(2n ** 53n), /within 2\^53 us/],
    ['float32', float32(), 0.5, 0.1, /float32 holds exactly \(or declare float32\(\{ round: true \}\)\)/],
    ['float32', float32({ round: true }), 0.1, 1e39, /within the range of float32/],
    ['float16', float16({ round: true }), 0.1, 65_520, /within the range of float16/],
    ['decimal', decimal(5, 2), '123.45', '1234.56', /decimal text of at most 5 digits, 2 of them after/],
    ['decimal', decimal(5, 2), '1', '1.005', /the string "1.005"/],
    ['decimal', decimal(5, 2), '-0.5', 1.5, /the number 1.5/],
    ['decimal', decimal(5, 2), '1.50', 150n, /the bigint 150n/],
    ['decimal', decimal(5, 2), '+1.500', '1e2', /the string "1e2"/],
    ['decimal', decimal(5, 2, { js: 'bigint' }), 99_999n, 100_000n, /bigint of at most 5 digits/],
    ['time', time('s'), 86_399, 86_400, /of s since midnight, from 0 to 86399/],
    ['time', time('ns'), 86_399_999_999_999, -1, /of ns since midnight/],
    ['duration', duration('us'), -5n, 2n ** 63n, /64 bits/],
    ['fixed', fixedSizeBinary(2), Uint8Array.of(1, 2), Uint8Array.of(1), /a Uint8Array of 2 bytes/],
    ['null', nullType(), null, 0, /declared nullType\(\)/],
    ['list', list(int32()), [1], 'no', /"c" \(list<int32>\): expected an array/],
    ['list', list(int32()), [], null, /expected an array, but null came/],
    ['fixed list', fixedSizeList(int32(), 3), [1, 2, 3], [1, 2], /an array of 3, but an array of 2/],
    ['map', map(utf8(), int32()), new Map([['a', 1]]), { a: 1 }, /expected a Map, but an object/],
    ['struct', struct({ a: int32() }), { a: 1 }, [1], /expected an object with a, but an array/],
  ])('are refused: %s', (_, type, good, bad, message) => {
    expect(refusalOf(type, good, bad)).toMatchObject({
      code: 'VALUE_INVALID',
      message: expect.stringMatching(message),
      context: { row: 1, column: 'c' },
    });
  });

  const tags = list(struct({ name: utf8(), sizes: nullable(list(uint8())) }));

  it.each<[string, ColumnType<unknown>, unknown]>([
    ['c[2].name', tags, [{ name: 'a' }, { name: 'b' }, { name: 3 }]],
    ['c[0].sizes[1]', tags, [{ name: 'a', sizes: [255, 256] }]],
    ['c[0]', tags, [null]],
    [
      'c[1].value',
      map(utf8(), int32()),
      new Map([
        ['a', 1],
        ['b', 1.5],
      ] as [string, number][]),
    ],
    ['c[1].key', map(decimal(5, 2), int32()), new Map(Object.entries({ '1.0': 1, '1.00': 2 }))],
    ['c[2].key', map(int64(), int32()), new Map<unknown, number>([1n, 2, 1].map((key) => [key, 0]))],
    ['c[1].key', map(uint64(), int32()), new Map<unknown, number>([7, 7n].map((key) => [key, 0]))],
    ['c[1].key', map(duration('s'), int32()), new Map<unknown, number>([0n, 0].map((key) => [key, 0]))],
    ...(['s', 'ms', 'us', 'ns'] as const).map((unit): [string, ColumnType<unknown>, unknown] => {
      const count = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n }[unit];
      const keys = [0n, count, new Date(1_000)];
      return [
        'c[2].key',
        map(timestamp(unit, { js: 'bigint' }), int32()),
        new Map<unknown, number>(keys.map((key) => [key, 0])),
      ];
    }),
    ['c[1].key', map(utf8(), int32()), new Map(['\ufffd', '\ud800'].map((key) => [key, 0]))],
    ['c.a[1].b', struct({ a: fixedSizeList(struct({ b: utf8() }), 2) }), { a: [{ b: 'x' }, {}] }],
  ])('are named by their path: %s', (path, type, bad) => {
    expect(refusalOf(nullable(type), null, bad)).toMatchObject({
      code: 'VALUE_INVALID',
      message: expect.stringContaining(`row 1, column ${JSON.stringify(path)}`),
      context: { row: 1, column: path },
    });
  });

  it('are refused for a property that a struct does not have, by its path', () => {
    expect(refusalOf(tags, [], [{ name: 'a', color: 'red' }])).toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringContaining('"c[0].color" is no column of its schema, which has "name", "sizes"'),
    });
  });

  it('are rounded only where that is declared', () => {
    const schema = defineSchema({ half: float16({ round: true }), single: float32({ round: true }) });
    const [row] = buildBatch([{ half: 0.1, single: 0.1 }], schema).toRows();
    expect(row).toEqual({ half: 0.0999755859375, single: Math.fround(0.1) });
  });

  it('and maps whose keys a Map cannot tell apart are refused when they are declared', () => {
    expect(() => map(list(utf8()), int32())).toThrow(/map: keys are bool/);
    expect(() => map(nullable(utf8()), int32())).toThrow(/not nullable/);
  });
});
