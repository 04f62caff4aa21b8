// Owns the reading of files that others wrote by our sources, and what other readers make of the same files.
import { readFile } from 'node:fs/promises';
import { readParquet } from '@tailrace/adapters/sources';
import type { Source } from '@tailrace/core';
import type { Field } from '@tailrace/core/sink';
import { type AnyReader, duckParquet, hyparquet, readBy, valuesOf } from './any-readers.js';
import { canonOf, dayOf, nanos, numberOf, type ReadLeaf, written } from './canon.js';

export interface ReadTable {
  readonly fields: readonly Field[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** All rows of a source that knows its columns. */
export async function readAll(source: Source<object>): Promise<ReadTable> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  for await (const chunk of source.open(new AbortController().signal))
    rows.push(...(chunk as readonly Readonly<Record<string, unknown>>[])); // rows are objects
  const { schema } = source;
  if (schema === undefined) throw new Error('The source does not know its columns.');
  return { fields: schema.fields, rows };
}

export type ReaderName = 'DuckDB' | 'hyparquet';
const readers: Readonly<Record<ReaderName, AnyReader>> = { DuckDB: duckParquet, hyparquet };

/** DuckDB's package for Node takes the byte order mark away that a text begins with. */
function unmarked(leaf: ReadLeaf): ReadLeaf {
  return (type, value) => {
    const said = leaf(type, value);
    return type.kind === 'utf8' && typeof said === 'string' ? said.replace(/^\ufeff/, '') : said;
  };
}

/** The file by us and by the others, as each of them gives it: equal where nothing is wrong. Throws where one cannot read it. */
export async function readSideBySide(
  path: string,
  by: readonly ReaderName[],
): Promise<{ readonly ours: unknown; readonly theirs: unknown; readonly rows: number }> {
  const { fields, rows } = await readAll(readParquet(path, { timestamps: 'bigint' }));
  const bytes = await readFile(path);
  const ours: Record<string, unknown> = {};
  const theirs: Record<string, unknown> = {};
  for (const name of by) {
    const reader = readers[name];
    const leaf = name === 'DuckDB' ? unmarked(written('s')) : written('s');
    ours[name] = rows.map((row) => valuesOf(row, fields, { ...reader, leaf }));
    theirs[name] = await readBy(reader, bytes, fields);
  }
  return { ours, theirs, rows: rows.length };
}

type Json = null | boolean | string | readonly Json[] | { readonly [name: string]: Json };

/** The values that files/write_with_pyarrow.py gave, written down as those of a reader; a time's unit is in its column's name. */
export async function givenToPyarrow(
  path: string,
  fields: readonly Field[],
): Promise<Record<string, unknown[]>> {
  // Made by that program.
  const given = JSON.parse(await readFile(path, 'utf8')) as Readonly<Record<string, readonly Json[]>>;
  const canon = (name: string, values: readonly Json[]): unknown[] => {
    // What is not in the file stays as it is, so that it is missed.
    const type = fields.find((field) => field.name === name)?.type;
    if (type === undefined) return [...values];
    const [, unit = 'ns'] = /_(s|ms|us|ns)(?:_|$)/.exec(name) ?? [];
    const leaf: ReadLeaf = (of, value) => {
      switch (of.kind) {
        case 'timestamp':
        case 'time':
          return String(BigInt(String(value)) * nanos[unit as keyof typeof nanos]); // one of the four
        case 'date':
          return dayOf(new Date(Number(value) * 86_400_000));
        case 'float16':
        case 'float32':
        case 'float64':
          return numberOf(Number(value));
        default:
          return String(value);
      }
    };
    // JSON has pairs in arrays.
    const pairs = (value: Json): unknown =>
      type.kind === 'map' && Array.isArray(value) ? new Map(value as readonly [Json, Json][]) : value;
    return values.map((value) => canonOf(type, pairs(value), leaf));
  };
  return Object.fromEntries(Object.entries(given).map(([name, values]) => [name, canon(name, values)]));
}

/** Columns of rows of ours, written down. */
export function columnsOf({ fields, rows }: ReadTable): Record<string, unknown[]> {
  return Object.fromEntries(
    fields.map(({ name, type }) => [name, rows.map((row) => canonOf(type, row[name], written('s')))]),
  );
}
