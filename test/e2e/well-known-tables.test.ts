// Tables that others have made, as they are: each is written in every format, and what readers of others and ours find in the
// files is what was read of the table.
import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openDataset, readCsv, readParquet, schemaFrom } from '@tailrace/adapters/sources';
import {
  bool,
  type ColumnType,
  defineSchema,
  float64,
  fromIterable,
  nullable,
  pipeline,
  type Schema,
  type Sink,
  type Source,
  utf8,
} from '@tailrace/core';
import { arrow, csv, msgpack, ndjson, parquet } from '@tailrace/writers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as others from '../conformance/read-files.js';

type Row = Readonly<Record<string, unknown>>;
interface Table {
  readonly schema: Schema<Row>;
  readonly rows: readonly Row[];
}

const require = createRequire(import.meta.url);
const data = join(dirname(require.resolve('vega-datasets')), '../data');
/** Rows of the tables of hundreds of thousands. */
const most = 20_000;

/** JSON that is no table of plain values: maps, graphs and nested documents. */
const noTables = new Set([
  ...['annual-precip', 'budgets', 'earthquakes', 'flare-dependencies', 'football', 'londonBoroughs'],
  ...[
    'londonTubeLines',
    'miserables',
    'platformer-terrain',
    'us-10m',
    'volcano',
    'weekly-weather',
    'world-110m',
  ],
]);
const names = readdirSync(data).filter(
  (name) => /\.(csv|tsv|json|parquet)$/.test(name) && !noTables.has(name.replace('.json', '')),
);

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-tables-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function rowsOf(source: Source<unknown>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const chunk of source.open(new AbortController().signal)) {
    // Rows of files are objects.
    rows.push(...(chunk as readonly Row[]));
    if (rows.length >= most) break;
  }
  return rows.slice(0, most);
}

async function tableOf(name: string): Promise<Table> {
  const path = join(data, name);
  if (name.endsWith('.json')) return tableOfJson(JSON.parse(await readFile(path, 'utf8')) as readonly Row[]);
  if (name.endsWith('.parquet')) {
    const source = readParquet(path);
    return { schema: source.schema as Schema<Row>, rows: await rowsOf(source) };
  }
  const form = name.endsWith('.tsv') ? { delimiter: '\t' } : {};
  const schema = name.endsWith('.tsv')
    ? undefined
    : ((await schemaFrom(path, { sampleRows: most * 5 })) as Schema<Row>);
  if (schema === undefined) {
    const rows = await rowsOf(readCsv(path, form));
    return tableOfJson(rows);
  }
  return { schema, rows: await rowsOf(readCsv(path, { ...form, schema })) };
}

/** Of columns in which all values are of one type, that; else text. */
function tableOfJson(given: readonly Row[]): Table {
  const found = given.slice(0, most);
  const keys = [...new Set(found.flatMap((row) => Object.keys(row)))];
  const columns = keys.map((key): [string, ColumnType<unknown>] => {
    const types = new Set(
      found.flatMap((row) => (row[key] === null || row[key] === undefined ? [] : [typeof row[key]])),
    );
    const [type] = types.size === 1 ? types : ['mixed'];
    const column: ColumnType<unknown> = type === 'number' ? float64() : type === 'boolean' ? bool() : utf8();
    return [key, nullable(column)];
  });
  const schema = defineSchema(Object.fromEntries(columns)) as Schema<Row>;
  const rows = found.map((row) =>
    Object.fromEntries(
      schema.fields.map(({ name, type }) => {
        const value = row[name] ?? null;
        return [name, value === null || type.kind !== 'utf8' ? value : String(value)];
      }),
    ),
  );
  return { schema, rows };
}

const outputs = {
  'tailrace.parquet': (path: string): Sink<Row> => parquet(path, { engine: 'tailrace' }),
  'wasm.parquet': (path: string): Sink<Row> => parquet(path, { engine: 'parquet-wasm' }),
  'x.csv': (path: string): Sink<Row> => csv(path),
  'x.ndjson': (path: string): Sink<Row> => ndjson(path),
  'x.arrow': (path: string): Sink<Row> => arrow(path),
  'x.msgpack': (path: string): Sink<Row> => msgpack(path),
} as const;
const readers = {
  parquet: others.readParquet,
  csv: others.readCsv,
  ndjson: others.readNdjson,
  arrow: others.readArrow,
  msgpack: others.readMsgpackRows,
};

test('there are the tables that this test was written for', () => {
  expect(names.length).toBeGreaterThanOrEqual(50);
});

test.each(names)('%s is the same in every format', async (name) => {
  const { schema, rows } = await tableOf(name);
  expect(rows.length).toBeGreaterThan(0);
  const run = pipeline('table', (flow) => {
    const source = flow.source('rows', fromIterable(rows), { schema });
    for (const [file, sink] of Object.entries(outputs)) flow.write(file, source, sink(join(dir, file)));
  }).run({ workers: 0 });
  await run.completed;
  const texts = (found: readonly unknown[]): string[] =>
    found.map((row) =>
      JSON.stringify(
        schema.fields.map((field) => (row as Row)[field.name] ?? null),
        (_, value) => (typeof value === 'bigint' ? `${value}n` : value),
      ),
    );
  const wanted = texts(rows);
  for (const file of Object.keys(outputs)) {
    const path = join(dir, file);
    const ending = file.slice(file.lastIndexOf('.') + 1) as keyof typeof readers;
    expect(texts(await readers[ending](await readFile(path), schema)), `${file} by others`).toEqual(wanted);
    expect(texts(await rowsOf(await openDataset<Row>(path))), `${file} by openDataset`).toEqual(wanted);
  }
  expect((await readdir(dir)).filter((one) => !one.startsWith('.'))).toHaveLength(6);
});
