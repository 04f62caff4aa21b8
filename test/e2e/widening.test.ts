// Types are never widened in silence: neither for a value that does not fit the declared type, nor when a dataset is added to.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '@tailrace/adapters/sources';
import {
  type ColumnType,
  date,
  decimal,
  defineSchema,
  float32,
  float64,
  fromIterable,
  int8,
  int16,
  int32,
  int64,
  nullable,
  pipeline,
  type Schema,
  type Sink,
  timestamp,
  uint8,
  utf8,
} from '@tailrace/core';
import { arrow, csv, msgpack, ndjson, parquet } from '@tailrace/writers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-widening-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Row {
  readonly v: unknown;
}
const schemaOf = (column: ColumnType<unknown>): Schema<Row> => defineSchema({ v: column });

async function write(
  values: readonly unknown[],
  column: ColumnType<unknown>,
  sink: Sink<Row>,
): Promise<void> {
  const rows = values.map((v) => ({ v }));
  await pipeline('widening', (flow) => {
    flow.write('out', flow.source('rows', fromIterable(rows), { schema: schemaOf(column) }), sink);
  }).run({ workers: 0 }).completed;
}

async function valuesIn(path: string): Promise<unknown[]> {
  const found: unknown[] = [];
  const source = await openDataset<Row>(path);
  for await (const chunk of source.open(new AbortController().signal)) found.push(...chunk.map(({ v }) => v));
  return found;
}

/** The error with which the one output of a run failed. */
async function failureOf(run: Promise<void>): Promise<unknown> {
  const failure = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return failure instanceof AggregateError ? failure.errors[0] : failure;
}

/** Of a type, a value that it holds, and one that only a wider type would. */
const values: readonly (readonly [string, ColumnType<unknown>, unknown, unknown])[] = [
  ['a fraction in int32', int32(), 1, 1.5],
  ['2^31 in int32', int32(), 1, 2 ** 31],
  ['300 in uint8', uint8(), 255, 300],
  ['40,000 in int16', int16(), 1, 40_000],
  ['200 in int8', int8(), 1, 200],
  ['2^63 in int64', int64(), 1n, 2n ** 63n],
  ['a double in float32', float32(), 0.5, 0.1],
  ['a bigint beyond 2^53 in float64', float64(), 1, 2n ** 60n + 1n],
  ['a number in utf8', utf8(), 'a', 1],
  ['text in float64', float64(), 1, '1'],
  ['more digits than a decimal has', decimal(4, 2), '12.34', '12.345'],
  ['a time of day in date', date(), new Date('2001-02-03'), new Date('2001-02-03T04:05:06Z')],
  ['null in a column without nulls', int32(), 1, null],
];

const formats = {
  parquet,
  // Without a text for null it refuses columns that may be null, before it looks at what is there.
  csv: (path, options) => csv(path, { ...options, nullText: '\\N' }),
  ndjson,
  arrow,
  msgpack,
} satisfies Record<string, (path: string, options?: { readonly mode?: 'append' }) => Sink<Row>>;

describe('a declared type is not widened for a value', () => {
  test.each(values)('%s is an error of its row, and nothing is published', async (_, column, good, wider) => {
    const path = join(dir, 'out');
    expect(await failureOf(write([good, wider], column, parquet(path)))).toMatchObject({
      code: 'VALUE_INVALID',
      context: expect.objectContaining({ row: 1, column: 'v' }),
    });
    await expect(openDataset(path)).rejects.toMatchObject({ status: 'permanent' });
    await write([good], column, parquet(path));
    expect(await valuesIn(path)).toEqual([good]);
  });

  test('nor is that of a column whose type was inferred, once it is', async () => {
    const rows = [...Array.from({ length: 5_000 }, () => ({ v: 1 })), { v: 'text' }];
    const run = pipeline('inferred', (flow) => {
      flow.write('out', flow.source('rows', fromIterable<object>(rows)), parquet<object>(join(dir, 'out')));
    }).run({ workers: 0 }).completed;
    expect(await failureOf(run.then(() => undefined))).toMatchObject({
      code: 'VALUE_INVALID',
      context: expect.objectContaining({ row: 5_000, column: 'v' }),
    });
  });
});

/** From what is there to what would be added. */
const columns: readonly (readonly [string, ColumnType<unknown>, unknown, ColumnType<unknown>, unknown])[] = [
  ['int32 to int64', int32(), 1, int64(), 2n],
  ['int64 to int32', int64(), 1n, int32(), 2],
  ['int32 to float64', int32(), 1, float64(), 2.5],
  ['float32 to float64', float32(), 0.5, float64(), 0.1],
  [
    'milliseconds to nanoseconds',
    timestamp('ms', { js: 'bigint' }),
    1n,
    timestamp('ns', { js: 'bigint' }),
    2n,
  ],
  ['more digits', decimal(4, 2), '1.00', decimal(9, 2), '2.00'],
  ['no nulls to nulls', int32(), 1, nullable(int32()), null],
  ['int32 to text', int32(), 1, utf8(), '2'],
];

describe.each(Object.entries(formats))('what is appended to a dataset of %s is of its types', (_, into) => {
  test.each(columns)(
    '%s is refused, and the dataset stays as it was',
    async (__, there, value, wider, added) => {
      const path = join(dir, 'out');
      await write([value], there, into(path, { mode: 'append' }));
      const before = await valuesIn(path);
      expect(await failureOf(write([added], wider, into(path, { mode: 'append' })))).toMatchObject({
        code: 'SCHEMA_INVALID',
        message: expect.stringContaining('cannot be appended to') as string,
      });
      expect(await valuesIn(path)).toEqual(before);
      await write([value], there, into(path, { mode: 'append' }));
      expect(await valuesIn(path)).toEqual([...before, ...before]);
    },
  );
});
