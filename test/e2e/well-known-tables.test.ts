// Tables that others have made, as they are: each is written in every format, and what readers of others and ours find in the
// files is what was read of the table.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '@tailrace/adapters/sources';
import { fromIterable, pipeline, type Sink } from '@tailrace/core';
import { arrow, csv, msgpack, ndjson, parquet } from '@tailrace/writers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as others from '../conformance/read-files.js';
import { mostRows, type Row, readTable, rowsOf, tableNames } from '../support/well-known-tables.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-tables-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const outputs = {
  'tailrace.parquet': (path: string): Sink<Row> => parquet(path, { engine: 'tailrace' }),
  'wasm.parquet': (path: string): Sink<Row> => parquet(path, { engine: 'parquet-wasm' }),
  'x.csv': (path: string): Sink<Row> => csv(path),
  'x.ndjson': (path: string): Sink<Row> => ndjson(path),
  'x.arrow': (path: string): Sink<Row> => arrow(path),
  'x.msgpack': (path: string): Sink<Row> => msgpack(path),
} as const;
/** These have no columns with parts. */
const flatAlone: ReadonlySet<string> = new Set(['tailrace.parquet', 'x.csv']);
const readers = {
  parquet: others.readParquet,
  csv: others.readCsv,
  ndjson: others.readNdjson,
  arrow: others.readArrow,
  msgpack: others.readMsgpackRows,
};

/** What JSON has no words for, or writes as it writes others. */
function wordOf(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  return Object.is(value, -0) ? '-0' : Number.isNaN(value) ? 'NaN' : value;
}

test('there are the tables that this test was written for', () => {
  expect(tableNames.length).toBe(64);
});

test.each(tableNames)('%s is the same in every format', { timeout: 300_000 }, async (name) => {
  const { schema, rows } = await readTable(name);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.length).toBeLessThanOrEqual(mostRows);
  const isNested = schema.fields.some(({ type }) => type.kind === 'struct');
  const files = Object.entries(outputs).filter(([file]) => !isNested || !flatAlone.has(file));
  const run = pipeline('table', (flow) => {
    const source = flow.source('rows', fromIterable(rows), { schema });
    for (const [file, sink] of files) flow.write(file, source, sink(join(dir, file)));
  }).run({ workers: 0 });
  await run.completed;
  const texts = (found: readonly unknown[]): string[] =>
    found.map((row) =>
      JSON.stringify(
        schema.fields.map((field) => (row as Row)[field.name] ?? null),
        (_, value) => wordOf(value),
      ),
    );
  const wanted = texts(rows);
  for (const [file] of files) {
    const path = join(dir, file);
    const ending = file.slice(file.lastIndexOf('.') + 1) as keyof typeof readers;
    expect(texts(await readers[ending](await readFile(path), schema)), `${file} by others`).toEqual(wanted);
    expect(texts(await rowsOf(await openDataset<Row>(path))), `${file} by openDataset`).toEqual(wanted);
  }
  expect((await readdir(dir)).filter((one) => !one.startsWith('.'))).toHaveLength(files.length);
});
