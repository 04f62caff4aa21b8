// Owns the readers of the formats' files, none of which is the formats' own code: rows as the suites' sample rows have them.
import assert from 'node:assert/strict';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Field, Schema } from '@tailrace/core/sink';
import { type Data, DataType, tableFromIPC, Vector } from 'apache-arrow';
import { parquetReadObjects } from 'hyparquet';
import { Unpackr } from 'msgpackr';

type Row = Record<string, unknown>;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** hyparquet gives int64 as bigint, times and dates as Date: the forms of the sample rows. */
export async function readParquet(bytes: Uint8Array, schema: Schema): Promise<readonly Row[]> {
  const file = bytes.slice().buffer;
  // Its own decoder takes U+FEFF at the start of a string for a byte order mark, and drops it.
  const parsers = { stringFromBytes: (text: Uint8Array | undefined) => text && utf8.decode(text) };
  const rows = await parquetReadObjects({ file, parsers });
  return rows.map((row) => Object.fromEntries(schema.fields.map(({ name }) => [name, row[name] ?? null])));
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
        const value = values[at] ?? null;
        const isDay = type.kind === 'timestamp' || type.kind === 'date';
        return [name, isDay && value !== null ? new Date(Number(value)) : value];
      }),
    ),
  );
}

/** Strings are read from the buffers: apache-arrow's own decoder drops U+FEFF at their start. */
function arrowCells(data: Data, vector: Vector): unknown[] {
  const whole = vector.data.length === 1 ? vector : new Vector([data]);
  const texts = DataType.isDictionary(data.type)
    ? data.dictionary?.data.flatMap(arrowTexts)
    : DataType.isUtf8(data.type)
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
export async function readMsgpackRows(bytes: Uint8Array): Promise<readonly Row[]> {
  return bytes.length === 0 ? [] : (unpackr.unpackMultiple(bytes) as Row[]);
}

/** The same of a header and a map of arrays for each batch. */
export async function readMsgpackColumns(bytes: Uint8Array, schema: Schema): Promise<readonly Row[]> {
  const [header, ...batches] = unpackr.unpackMultiple(bytes) as [Row, ...Record<string, unknown[]>[]];
  assert.equal(header.tailrace, 1);
  return batches.flatMap((batch) =>
    (batch[schema.fields[0]?.name ?? ''] ?? []).map((_, at) =>
      Object.fromEntries(schema.fields.map(({ name }) => [name, batch[name]?.[at]])),
    ),
  );
}

export async function readNdjson(bytes: Uint8Array, schema: Schema): Promise<readonly Row[]> {
  const lines = utf8.decode(bytes).split('\n');
  return lines.slice(0, -1).map((line) => {
    const row = JSON.parse(line) as Row;
    const cellOf = ({ name, type }: Field): unknown => {
      const value = row[name];
      if (value === null) return null;
      if (type.kind === 'int64') return BigInt(value as number);
      return type.kind === 'timestamp' || type.kind === 'date' ? new Date(value as string) : value;
    };
    return Object.fromEntries(schema.fields.map((field) => [field.name, cellOf(field)]));
  });
}

/** RFC 4180 with a header; a cell of nothing is null, an empty string is quoted. */
export async function readCsv(bytes: Uint8Array, schema: Schema): Promise<readonly Row[]> {
  const text = utf8.decode(bytes);
  const [header, ...lines] = cellsOf(text);
  if (header === undefined) return [];
  return lines.map((cells) =>
    Object.fromEntries(schema.fields.map((field, at) => [field.name, csvValue(field, cells[at] ?? null)])),
  );
}

function csvValue({ type }: Field, cell: string | null): unknown {
  if (cell === null) return null;
  switch (type.kind) {
    case 'bool':
      return cell === 'true';
    case 'int32':
    case 'float64':
      return Number(cell);
    case 'int64':
      return BigInt(cell);
    case 'timestamp':
    case 'date':
      return new Date(cell);
    default:
      return cell;
  }
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
