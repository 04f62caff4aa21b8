import * as arrow from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrowSchema, fromRecordBatch, schemaFromArrow, toIpcStream, toRecordBatch } from './arrow.js';
import type { BatchData, ColumnData } from './batch.js';
import { rowReader } from './row-reader.js';
import {
  bool,
  date,
  defineSchema,
  describeSchema,
  dictionary,
  float64,
  int32,
  int64,
  nullable,
  type Schema,
  timestamp,
  utf8,
} from './schema.js';
import { layDown } from './text-layout.js';

const schema = defineSchema({
  bool: nullable(bool()),
  int32: nullable(int32()),
  int64: nullable(int64({ js: 'number' })),
  double: nullable(float64()),
  time: nullable(timestamp('us', { timezone: null, js: 'number' })),
  day: nullable(date()),
  text: nullable(utf8()),
  word: nullable(dictionary()),
});

interface Row {
  readonly valid: boolean;
  readonly n: number;
  readonly text: string;
}
const rowsOf = fc.array(
  fc.record({
    valid: fc.boolean(),
    n: fc.integer(),
    text: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('CA', 'NY')),
  }),
  { maxLength: 30 },
);

function bitsOf(flags: readonly boolean[]): Uint8Array {
  const bits = new Uint8Array((flags.length + 7) >> 3);
  for (const [at, flag] of flags.entries()) if (flag) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
  return bits;
}

/** Laid down here by hand: the builders of rows stand on a higher floor. */
function batchOf(rows: readonly Row[]): BatchData {
  const nullCount = rows.filter(({ valid }) => !valid).length;
  const validity = nullCount === 0 ? null : bitsOf(rows.map(({ valid }) => valid));
  const plain = { nullCount, validity, offsets: null, dictionary: null };
  const words = [...new Set(rows.map(({ text }) => text))];
  const text = layDown(rows.map((row) => (row.valid ? row.text : '')));
  const columns: ColumnData[] = [
    { ...plain, values: bitsOf(rows.map(({ n }) => (n & 1) === 1)) },
    { ...plain, values: Int32Array.from(rows, ({ n }) => n) },
    { ...plain, values: BigInt64Array.from(rows, ({ n }) => BigInt(n) * 1_000_003n) },
    { ...plain, values: Float64Array.from(rows, ({ n }) => n / 7) },
    { ...plain, values: BigInt64Array.from(rows, ({ n }) => BigInt(n)) },
    { ...plain, values: Int32Array.from(rows, ({ n }) => n % 90_000) },
    { ...plain, values: text.values, offsets: text.offsets },
    { ...plain, values: Int32Array.from(rows, (row) => words.indexOf(row.text)), dictionary: layDown(words) },
  ];
  return { schema, rows: rows.length, bytes: 0, columns };
}

const read = (data: BatchData): unknown[] => [...rowReader(data)];

function readStream(bytes: Uint8Array): BatchData[] {
  return [...arrow.RecordBatchReader.from(bytes)].map((batch) => fromRecordBatch(batch));
}

function importColumn(vector: arrow.Vector, name = 'c'): BatchData {
  const [batch] = new arrow.Table({ [name]: vector }).batches;
  if (batch === undefined) throw new RangeError('no batch');
  return fromRecordBatch(batch);
}

describe('batches and Arrow', () => {
  it('survive the way through an IPC stream with every type, null and JavaScript form', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const data = batchOf(rows);
        const [back] = readStream(toIpcStream([data]));
        expect(back?.schema).toEqual(schema);
        expect(back && read(back)).toEqual(read(data));
        for (const column of back?.columns ?? [])
          expect(column.values.buffer).toBeInstanceOf(SharedArrayBuffer);
      }),
      { numRuns: 60 },
    );
  });

  it('share one dictionary in a stream of several batches, though each came with its own', () => {
    fc.assert(
      fc.property(fc.array(rowsOf, { minLength: 2, maxLength: 4 }), (all) => {
        const datas = all.map(batchOf);
        const back = readStream(toIpcStream(datas)).flatMap(read);
        expect(back).toEqual(datas.flatMap(read));
      }),
      { numRuns: 40 },
    );
  });

  it('make a stream of nothing when the schema is given, and refuse it otherwise', () => {
    const reader = arrow.RecordBatchReader.from(toIpcStream([], schema)).open();
    expect(schemaFromArrow(reader.schema)).toEqual(schema);
    expect(() => toIpcStream([])).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }));
  });

  it('are the same memory as a record batch', () => {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const plain = { nullCount: 0, validity: null, offsets: null, dictionary: null };
    const one = defineSchema({ n: int32() });
    const batch = toRecordBatch({ schema: one, rows: 2, bytes: 8, columns: [{ ...plain, values: shared }] });
    shared[1] = 42;
    expect(batch.getChild('n')?.get(1)).toBe(42);
    expect(batch.getChild('n')?.data[0]?.values).toBe(shared);
    expect(String(arrowSchema(one).fields[0])).toContain('Int32');
  });

  it.each([
    ['int8', arrow.vectorFromArray([-128, null, 127], new arrow.Int8()), 'int8', [-128, null, 127]],
    ['uint16', arrow.vectorFromArray([65_535, 0], new arrow.Uint16()), 'uint16', [65_535, 0]],
    ['uint32', arrow.vectorFromArray([4_294_967_295], new arrow.Uint32()), 'uint32', [4_294_967_295]],
    ['uint64', arrow.vectorFromArray([2n ** 64n - 1n], new arrow.Uint64()), 'uint64', [2n ** 64n - 1n]],
    ['float32', arrow.vectorFromArray([0.5, null], new arrow.Float32()), 'float32', [0.5, null]],
    ['float16', arrow.vectorFromArray([0.5, null, -2], new arrow.Float16()), 'float16', [0.5, null, -2]],
    ['time', arrow.vectorFromArray([1, null], new arrow.TimeMillisecond()), 'time', [1, null]],
    [
      'LargeUtf8',
      arrow.vectorFromArray(['é', null, 'x'], new arrow.LargeUtf8()),
      'large_utf8',
      ['é', null, 'x'],
    ],
    [
      'Dictionary<Utf8, Int8>',
      arrow.vectorFromArray(['b', null, 'a', 'b'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
      'dictionary',
      ['b', null, 'a', 'b'],
    ],
    [
      'DateDay',
      arrow.vectorFromArray([new Date(86_400_000)], new arrow.DateDay()),
      'date',
      [new Date(86_400_000)],
    ],
    [
      'binary',
      arrow.vectorFromArray([Uint8Array.of(1, 2), null, Uint8Array.of()], new arrow.Binary()),
      'binary',
      [Uint8Array.of(1, 2), null, Uint8Array.of()],
    ],
    [
      'a sliced list',
      arrow
        .vectorFromArray(
          [[1], [2, 3], null, [], [4]],
          new arrow.List(new arrow.Field('item', new arrow.Int32(), true)),
        )
        .slice(1, 5),
      'list<int32\\?>',
      [[2, 3], null, [], [4]],
    ],
    [
      'a sliced struct',
      arrow
        .vectorFromArray(
          [{ a: 1 }, { a: 2 }, null, { a: 4 }],
          new arrow.Struct([new arrow.Field('a', new arrow.Int32(), true)]),
        )
        .slice(1, 4),
      'struct<a int32\\?>',
      [{ a: 2 }, null, { a: 4 }],
    ],
    [
      'a sliced Utf8',
      arrow.vectorFromArray(['a', null, 'c', 'dd', null], new arrow.Utf8()).slice(1, 4),
      'utf8',
      [null, 'c', 'dd'],
    ],
    [
      'sliced booleans',
      arrow.vectorFromArray([true, false, null, true, true]).slice(1, 5),
      'bool',
      [false, null, true, true],
    ],
  ] as const)('take %s without loss', (_, vector, type, values) => {
    const data = importColumn(vector);
    expect(describeSchema(data.schema)).toMatch(new RegExp(`^c ${type}`));
    // Rows of one column named c.
    expect((read(data) as { c: unknown }[]).map(({ c }) => c)).toEqual(values);
  });

  it.each([
    [
      'interval',
      arrow.vectorFromArray([Int32Array.of(1, 2)], new arrow.IntervalDayTime()),
      /"weird" of type Interval/,
    ],
    ['date in ms', arrow.vectorFromArray([new Date(0)], new arrow.DateMillisecond()), /Date64/],
  ] as const)('refuse what has no type here, naming column and type: %s', (_, vector, message) => {
    expect(() => importColumn(vector, 'weird')).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_INVALID',
        message: expect.stringMatching(message),
        context: expect.objectContaining({ column: 'weird' }),
      }),
    );
  });

  it('refuse two columns of one name', () => {
    const field = new arrow.Field('n', new arrow.Int32());
    expect(() => schemaFromArrow(new arrow.Schema([field, field]))).toThrow(/second column of that name/);
  });

  it('give integers and times the form that was asked for', () => {
    const source = new arrow.Schema([
      new arrow.Field('n', new arrow.Int64()),
      new arrow.Field('at', new arrow.TimestampMicrosecond()),
    ]);
    const kinds = (forms?: Parameters<typeof schemaFromArrow>[1]): (string | undefined)[] =>
      schemaFromArrow(source, forms).fields.map(({ type }) => ('js' in type ? type.js : undefined));
    expect(kinds()).toEqual(['bigint', 'date']);
    expect(kinds({ int64: 'number', timestamp: 'bigint' })).toEqual(['number', 'bigint']);
    const ours: Schema = schema;
    expect(schemaFromArrow(arrowSchema(ours), { int64: 'bigint' })).toEqual(ours);
  });
});
