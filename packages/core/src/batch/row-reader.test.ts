import { describe, expect, it } from 'vitest';
import type { BatchData, ColumnData } from './batch.js';
import { rowMaker, rowReader } from './row-reader.js';
import { type DataType, type Field, type Schema, timestamp } from './schema.js';
import { layDown } from './text-layout.js';

const plain = { nullCount: 0, validity: null, offsets: null, dictionary: null };

function batchOf(rows: number, columns: readonly (readonly [Field, ColumnData])[]): BatchData {
  const schema: Schema = { fields: columns.map(([field]) => field) };
  return { schema, rows, bytes: 0, columns: columns.map(([, column]) => column) };
}
const field = (name: string, type: DataType): Field => ({ name, type, nullable: true });

const text = layDown(['x', 'y']);
const data = batchOf(3, [
  [
    field('n', { kind: 'int32' }),
    { ...plain, nullCount: 1, validity: Uint8Array.of(0b101), values: Int32Array.of(1, 9, 3) },
  ],
  [field('__proto__', { kind: 'bool' }), { ...plain, values: Uint8Array.of(0b110) }],
  [field('word', { kind: 'dictionary' }), { ...plain, values: Int32Array.of(1, 0, 1), dictionary: text }],
]);

describe('rowReader', () => {
  it('gives the same rows with generated code and without', () => {
    const entries = [true, false].map((generated) => {
      const make = rowMaker<object>(data, generated);
      return [0, 1, 2].map((row) => Object.entries(make(row)));
    });
    expect(entries[0]).toEqual([
      [
        ['n', 1],
        ['__proto__', false],
        ['word', 'y'],
      ],
      [
        ['n', null],
        ['__proto__', true],
        ['word', 'x'],
      ],
      [
        ['n', 3],
        ['__proto__', true],
        ['word', 'y'],
      ],
    ]);
    expect(entries[1]).toEqual(entries[0]);
  });

  it('reads the extremes of every type alike, with generated code and without', () => {
    const safe = [9_007_199_254_740_991n, -9_007_199_254_740_991n, 0n, -1n, 4_294_967_296n, -4_294_967_297n];
    const times = [8_640_000_000_000_000n, -8_640_000_000_000_000n, 0n, -1n, 1n, 1_700_000_000_123n];
    const longs = (values: readonly bigint[]): ColumnData => ({
      ...plain,
      values: BigInt64Array.from(values),
    });
    const extremes = batchOf(6, [
      [field('number', { kind: 'int64', js: 'number' }), longs(safe)],
      [
        field('big', { kind: 'int64', js: 'bigint' }),
        longs([2n ** 63n - 1n, -(2n ** 63n), ...safe.slice(2)]),
      ],
      [field('ms', timestamp().type), { ...longs(times), nullCount: 1, validity: Uint8Array.of(0b101111) }],
      [field('us', timestamp('us').type), longs(times.map((time) => time * 1_000n))],
      [field('s', timestamp('s').type), longs(times.map((time) => time / 1_000n))],
      [field('count', timestamp('us', { js: 'number' }).type), longs(safe)],
      [field('ticks', timestamp('ns', { js: 'bigint' }).type), longs(safe)],
      [
        field('day', { kind: 'date' }),
        { ...plain, values: Int32Array.of(100_000_000, -100_000_000, 0, -1, 1, 19_000) },
      ],
      [
        field('x', { kind: 'float64' }),
        { ...plain, values: Float64Array.of(-0, 5e-324, Number.NaN, 1, 2, 3) },
      ],
    ]);
    const rows = [true, false].map((generated) => {
      const make = rowMaker<Record<string, unknown>>(extremes, generated);
      return [0, 1, 2, 3, 4, 5].map(make);
    });
    expect(rows[0]).toEqual(rows[1]);
    expect(rows[0]?.map(({ number }) => number)).toEqual(safe.map(Number));
    expect(rows[0]?.map(({ ms }) => (ms instanceof Date ? ms.getTime() : ms))).toEqual(
      times.map((time, at) => (at === 4 ? null : Number(time))),
    );
    const [first] = rows[0] ?? [];
    expect(Object.is(first?.x, -0)).toBe(true);
  });

  it('can be iterated again, and left early', () => {
    const rows = rowReader<{ n: number | null }>(data);
    for (const row of rows) {
      expect(row.n).toBe(1);
      break;
    }
    expect([...rows].map(({ n }) => n)).toEqual([1, null, 3]);
  });

  it('refuses a batch that lacks the buffers of a column', () => {
    const short = { ...data, columns: data.columns.slice(0, 1) };
    expect(() => [...rowReader(short)]).toThrow(/no buffers for column "__proto__"/);
  });

  it.each([
    [
      'an int64 beyond 2^53 as number',
      { kind: 'int64', js: 'number' },
      2n ** 53n,
      /9007199254740992.*js: 'bigint'/,
    ],
    ['microseconds as Date', timestamp('us').type, 1_001n, /1001 us is finer/],
    ['nanoseconds as Date', timestamp('ns').type, -1n, /-1 ns is finer/],
    ['a time outside the range of Date', timestamp('s').type, 8_640_000_000_001n, /range of a Date/],
  ] as const)('refuses %s, naming row and column', (_, type, value, message) => {
    const column = { ...plain, values: BigInt64Array.of(0n, value) };
    const make = rowMaker<{ at: unknown }>(batchOf(2, [[field('at', type), column]]));
    expect(make(0).at).toBeDefined();
    expect(() => make(1)).toThrow(
      expect.objectContaining({
        code: 'VALUE_INVALID',
        message: expect.stringMatching(message),
        context: expect.objectContaining({ column: 'at', row: 1 }),
      }),
    );
  });
});
