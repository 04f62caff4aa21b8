// Owns reading back what a trial has written, with readers that are not the product's: hyparquet, JSON.parse, and a reader
// of RFC 4180 of its own.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Schema } from '@tailrace/core';
import { parquetMetadata, parquetRead, parquetSchema } from 'hyparquet';
import { canon, canonOfText } from './canon.js';
import type { CanonRow } from './verdict.js';

export const formats = ['parquet', 'csv', 'ndjson'] as const;
export type Format = (typeof formats)[number];

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Paths of the data files below a target, in the order of their names. */
export async function filesOf(path: string, isDirectory: boolean): Promise<readonly string[]> {
  if (!isDirectory) return [path];
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  const data = names.filter((entry) => !entry.isDirectory() && !/^[_.]/.test(entry.name));
  return data.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** Every row of a target. Throws what the reader throws. */
export async function readBack(
  format: Format,
  path: string,
  isDirectory: boolean,
  schema: Schema,
): Promise<readonly CanonRow[]> {
  const rows: CanonRow[] = [];
  for (const file of await filesOf(path, isDirectory)) {
    const stored = await readFile(file);
    const bytes = format !== 'parquet' && file.endsWith('.gz') ? gunzipSync(stored) : stored;
    for (const row of await readers[format](bytes, schema)) rows.push(row);
  }
  return rows;
}

const readers: Readonly<Record<Format, (bytes: Buffer, schema: Schema) => Promise<readonly CanonRow[]>>> = {
  parquet: readParquetFile,
  async csv(bytes, schema) {
    const [header = [], ...records] = csvRecords(utf8.decode(bytes));
    const types = new Map(schema.fields.map(({ name, type }) => [name, type]));
    return records.map(
      (record) =>
        new Map(
          header.map((cell, at) => {
            const name = cell ?? '';
            const type = types.get(name);
            return [name, type === undefined ? undefined : canonOfText(type, record[at] ?? null)];
          }),
        ) as CanonRow,
    );
  },
  async ndjson(bytes, schema) {
    const lines = utf8
      .decode(bytes)
      .split('\n')
      .filter((line) => line.trim() !== '');
    return lines.map((line) => {
      const row: Record<string, string | number | boolean | null> = JSON.parse(line);
      return new Map(
        schema.fields.map(({ name, type }) => {
          const value = Object.hasOwn(row, name) ? row[name] : null;
          const isText = typeof value === 'string';
          return [name, isText ? canonOfText(type, value) : (canon(type, value) ?? null)];
        }),
      );
    });
  },
};

/** Times as the integers that are stored: Dates would lose what is finer, or far away. */
const parsers = {
  timestampFromMilliseconds: (value: bigint) => value,
  timestampFromMicroseconds: (value: bigint) => value,
  timestampFromNanoseconds: (value: bigint) => value,
  dateFromDays: (days: number) => days,
  stringFromBytes: (text: Uint8Array | undefined) => text && utf8.decode(text),
};

async function readParquetFile(bytes: Buffer, schema: Schema): Promise<readonly CanonRow[]> {
  const file = new Uint8Array(bytes).buffer;
  const metadata = parquetMetadata(file);
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const types = new Map(schema.fields.map(({ name, type }) => [name, type]));
  // As Parquet has no seconds, they are stored in milliseconds.
  const toSeconds = (value: bigint): string => String(value / 1_000n);
  let rows: readonly unknown[][] = [];
  await parquetRead({ file, metadata, parsers, onComplete: (read) => (rows = read) });
  return rows.map(
    (row) =>
      new Map(
        names.map((name, at) => {
          const type = types.get(name);
          const value = row[at] ?? null;
          if (value === null || type === undefined) return [name, null];
          if (type.kind === 'timestamp' && type.unit === 's') return [name, toSeconds(value as bigint)];
          return [
            name,
            typeof value === 'number' ? (canon({ kind: 'float64' }, value) ?? null) : String(value),
          ];
        }),
      ),
  );
}

/** Records of cells; null for a cell of nothing that is not quoted. Line ends within quotes belong to the cell. */
export function csvRecords(text: string): (string | null)[][] {
  const records: (string | null)[][] = [];
  let record: (string | null)[] = [];
  for (let at = 0; at < text.length; ) {
    let cell: string | null;
    if (text[at] === '"') {
      let end = text.indexOf('"', at + 1);
      while (text[end + 1] === '"') end = text.indexOf('"', end + 2);
      if (end < 0) throw new Error('a quote is not closed');
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    } else {
      const end = at + text.slice(at, at + 4_096).search(/[,\n]/);
      const stop =
        end >= at ? end : Math.min(...[text.indexOf(',', at), text.indexOf('\n', at)].filter((n) => n >= 0));
      cell = stop === at ? null : text.slice(at, stop);
      at = stop;
    }
    record.push(cell);
    const after = text[at];
    if (after !== ',' && after !== '\n') throw new Error(`a cell is followed by ${JSON.stringify(after)}`);
    at += 1;
    if (after === '\n') {
      records.push(record);
      record = [];
    }
  }
  return records;
}
