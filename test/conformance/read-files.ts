// Owns the readers of the formats' files, none of which is the formats' own code: rows as the suites' sample rows have them.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Field, Schema } from '@tailrace/core/sink';
import { type Data, DataType, tableFromIPC, Vector } from 'apache-arrow';
import { parquetReadObjects } from 'hyparquet';
import { Unpackr } from 'msgpackr';
import { query } from '../support/duckdb.js';
import { cellOf } from './cells.js';

type Row = Record<string, unknown>;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** hyparquet, or DuckDB for decimals, of which hyparquet makes doubles. Seconds stand in files as milliseconds. */
export async function readParquet(bytes: Uint8Array, schema: Schema): Promise<readonly Row[]> {
  if (schema.fields.some(({ type }) => type.kind === 'decimal')) return readDecimals(bytes, schema);
  const file = bytes.slice().buffer;
  // Its own decoder takes U+FEFF at the start of a string for a byte order mark, and drops it.
  const parsers = { stringFromBytes: (text: Uint8Array | undefined) => text && utf8.decode(text) };
  const rows = await parquetReadObjects({ file, parsers, utf8: false } as Parameters<
    typeof parquetReadObjects
  >[0]);
  return rows.map((row) =>
    Object.fromEntries(
      schema.fields.map((field) => [field.name, cellOf(field, inUnit(field, row[field.name]))]),
    ),
  );
}

function inUnit({ type }: Field, value: unknown): unknown {
  const isCount = (type.kind === 'time' || type.kind === 'duration') && type.unit === 's';
  return isCount && value !== null && value !== undefined ? BigInt(value as number | bigint) / 1_000n : value;
}

async function readDecimals(bytes: Uint8Array, schema: Schema): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-decimals-'));
  try {
    const path = join(folder, 'x.parquet');
    await writeFile(path, bytes);
    const columns = schema.fields.map(({ name }) => `"${name}"::varchar as "${name}"`).join(', ');
    const rows = await query(`select ${columns} from read_parquet('${path}')`);
    return rows.map((row) => rowOf(schema, row as Row));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** apache-arrow gives timestamps and dates as milliseconds: a Date where the column holds one. */
export async function readArrow(bytes: Uint8Array, schema: Schema): Promise<readonly Row[]> {
  const table = tableFromIPC(bytes);
  const columns = schema.fields.map(({ name, type }) => {
    const vector = table.getChild(name);
    return { name, type, values: vector?.data.flatMap((data) => arrowCells(data, vector)) ?? [] };
  });
  return Array.from({ length: table.numRows }, (_, at) =>
    Object.fromEntries(
      columns.map(({ name, type, values }) => {
        return [name, cellOf({ type }, type.kind === 'decimal' ? unitsOf(values[at]) : values[at])];
      }),
    ),
  );
}

/** Words of 32 bits in two's complement, the least first. */
function unitsOf(words: unknown): bigint | null {
  if (words === null || words === undefined) return null;
  const list = [...(words as Uint32Array)];
  const unsigned = list.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return BigInt.asIntN(32 * list.length, unsigned);
}

/** Strings are read from the buffers: apache-arrow's own decoder drops U+FEFF at their start. */
function arrowCells(data: Data, vector: Vector): unknown[] {
  const whole = vector.data.length === 1 ? vector : new Vector([data]);
  const texts = DataType.isDictionary(data.type)
    ? data.dictionary?.data.flatMap(arrowTexts)
    : DataType.isUtf8(data.type) || DataType.isLargeUtf8(data.type)
      ? arrowTexts(data)
      : undefined;
  return Array.from({ length: data.length }, (_, row): unknown => {
    if (!data.getValid(row)) return null;
    if (texts === undefined) return whole.get(row);
    return texts[DataType.isDictionary(data.type) ? Number(data.values[row]) : row];
  });
}

function arrowTexts({ length, valueOffsets, values }: Data): string[] {
  return Array.from({ length }, (_, row) =>
    utf8.decode(values.subarray(Number(valueOffsets[row]), Number(valueOffsets[row + 1]))),
  );
}

const unpackr = new Unpackr({ useRecords: false, int64AsType: 'bigint' });

/** msgpackr, which shares no code with the writer: a map for each row. */
export async function readMsgpackRows(bytes: Uint8Array, schema: Schema): Promise<readonly Row[]> {
  return bytes.length === 0 ? [] : (unpackr.unpackMultiple(bytes) as Row[]).map((row) => rowOf(schema, row));
}

/** The same of a header and a map of arrays for each batch. */
export async function readMsgpackColumns(bytes: Uint8Array, schema: Schema): Promise<readonly Row[]> {
  const [header, ...batches] = unpackr.unpackMultiple(bytes) as [Row, ...Record<string, unknown[]>[]];
  assert.equal(header.tailrace, 1);
  return batches.flatMap((batch) =>
    (batch[schema.fields[0]?.name ?? ''] ?? []).map((_, at) =>
      Object.fromEntries(schema.fields.map((field) => [field.name, cellOf(field, batch[field.name]?.[at])])),
    ),
  );
}

export async function readNdjson(bytes: Uint8Array, schema: Schema): Promise<readonly Row[]> {
  const lines = utf8.decode(bytes).split('\n');
  return lines.slice(0, -1).map((line) => rowOf(schema, JSON.parse(line) as Row));
}

const rowOf = ({ fields }: Schema, row: Row): Row =>
  Object.fromEntries(fields.map((field) => [field.name, cellOf(field, row[field.name])]));

/** RFC 4180 with a header; a cell of nothing is null, an empty string is quoted. */
export async function readCsv(bytes: Uint8Array, schema: Schema): Promise<readonly Row[]> {
  const text = utf8.decode(bytes);
  const [header, ...lines] = cellsOf(text);
  if (header === undefined) return [];
  return lines.map((cells) =>
    Object.fromEntries(schema.fields.map((field, at) => [field.name, cellOf(field, cells[at])])),
  );
}

/** Records of cells, null for a cell of nothing that is not quoted. */
function cellsOf(text: string): (string | null)[][] {
  const records: (string | null)[][] = [];
  let record: (string | null)[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    record.push(quoted === undefined ? plain || null : quoted.replaceAll('""', '"'));
    if (end === '\n') {
      records.push(record);
      record = [];
    }
  }
  return records;
}

/** The same of a file that is compressed with gzip. */
export function gunzipped(
  read: (bytes: Uint8Array, schema: Schema) => Promise<readonly Row[]>,
): (bytes: Uint8Array, schema: Schema) => Promise<readonly Row[]> {
  return (bytes, schema) => read(new Uint8Array(gunzipSync(bytes)), schema);
}

/** The same of a file that is compressed with Brotli. */
export function unbrotlied(
  read: (bytes: Uint8Array, schema: Schema) => Promise<readonly Row[]>,
): (bytes: Uint8Array, schema: Schema) => Promise<readonly Row[]> {
  return (bytes, schema) => read(new Uint8Array(brotliDecompressSync(bytes)), schema);
}
