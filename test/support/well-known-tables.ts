// Owns the tables of vega-datasets: which of its files are some, and their columns and rows.
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readArrow, readCsv, readParquet, schemaFrom } from '@tailrace/adapters/sources';
import {
  bool,
  type ColumnType,
  defineSchema,
  float64,
  nullable,
  type Schema,
  type Source,
  struct,
  utf8,
} from '@tailrace/core';

export type Row = Readonly<Record<string, unknown>>;

export interface WellKnownTable {
  readonly schema: Schema<Row>;
  readonly rows: readonly Row[];
}

const require = createRequire(import.meta.url);
const data = join(dirname(require.resolve('vega-datasets')), '../data');
/** Of three million rows of flights these are taken: each is read a dozen times. No other table is cut. */
export const mostRows = 250_000;

/** JSON that is no table: maps (TopoJSON, GeoJSON) and grids of numbers without rows. */
const noTables: ReadonlySet<string> = new Set([
  ...['earthquakes', 'londonBoroughs', 'londonTubeLines', 'us-10m', 'world-110m'],
  ...['annual-precip', 'volcano'],
]);
/** Graphs: a table of nodes, and one of links. */
const graphs: ReadonlySet<string> = new Set(['miserables.json']);

/** Files, or `file#member` of those that hold several. */
export const tableNames: readonly string[] = readdirSync(data)
  .filter((name) => /\.(csv|tsv|json|parquet|arrow)$/.test(name) && !noTables.has(name.replace('.json', '')))
  .flatMap((name) => (graphs.has(name) ? [`${name}#nodes`, `${name}#links`] : [name]));

export async function rowsOf(source: Source<unknown>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const chunk of source.open(new AbortController().signal)) {
    // Rows of files are objects.
    for (const row of chunk as readonly Row[]) rows.push(row);
    if (rows.length >= mostRows) break;
  }
  return rows.slice(0, mostRows);
}

export async function readTable(name: string): Promise<WellKnownTable> {
  const [file = '', member] = name.split('#');
  const path = join(data, file);
  if (file.endsWith('.json')) {
    // The files say so by their names.
    const given = JSON.parse(await readFile(path, 'utf8')) as readonly Row[] &
      Readonly<Record<string, Row[]>>;
    return tableOfJson(member === undefined ? given : (given[member] ?? []));
  }
  if (file.endsWith('.parquet') || file.endsWith('.arrow')) {
    const source = file.endsWith('.arrow') ? readArrow(path) : readParquet(path);
    const rows = await rowsOf(source);
    return { schema: source.schema as Schema<Row>, rows };
  }
  if (file.endsWith('.tsv')) return tableOfJson(await rowsOf(readCsv(path, { delimiter: '\t' })));
  const schema = (await schemaFrom(path, { sampleRows: mostRows })) as Schema<Row>;
  return { schema, rows: await rowsOf(readCsv(path, { schema })) };
}

/** Of columns in which all values are of one type, that; else text. */
function tableOfJson(found: readonly Row[]): WellKnownTable {
  const schema = defineSchema(columnsOf(found)) as Schema<Row>;
  return { schema, rows: found.map((row) => inColumns(schema.fields, row)) };
}

function columnsOf(rows: readonly Row[]): Record<string, ColumnType<unknown>> {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return Object.fromEntries(
    keys.map((key) => [key, columnOf(rows.map((row) => row[key]).filter((value) => value != null))]),
  );
}

function columnOf(values: readonly unknown[]): ColumnType<unknown> {
  const types = new Set(values.map((value) => (isRow(value) ? 'row' : typeof value)));
  const [type] = types.size === 1 ? types : ['mixed'];
  if (type === 'row') return nullable(struct(columnsOf(values.filter(isRow))));
  if (type === 'number') return nullable(float64());
  return type === 'boolean' ? nullable(bool()) : nullable(utf8());
}

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function inColumns(fields: Schema['fields'], row: Row): Row {
  return Object.fromEntries(
    fields.map(({ name, type }) => {
      const value = row[name] ?? null;
      if (value === null) return [name, null];
      if (type.kind === 'struct') return [name, inColumns(type.fields, value as Row)];
      return [name, type.kind === 'utf8' ? String(value) : value];
    }),
  );
}
