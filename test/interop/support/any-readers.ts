// Owns what a reader is that random tables of any types are held against, and those of Parquet, CSV and NDJSON, none of
// which shares code with the writers: the columns of a file as each gives them, written down by `canonOf`.
import { writeFile } from 'node:fs/promises';
import type { DataType, Field } from '@tailrace/core/sink';
import { describeType } from '@tailrace/core/sink';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { canonOf, dayOf, fromText, hexOf, nanos, numberOf, type ReadLeaf } from './canon.js';
import { duckdb, quoted } from './readers/duckdb.js';
import { scratchFile } from './scratch.js';

type Rows = readonly Readonly<Record<string, unknown>>[];

export interface AnyReader {
  readonly name: string;
  /** Rows as the reader gives them. */
  rows(bytes: Buffer, fields: readonly Field[]): Promise<Rows>;
  readonly leaf: ReadLeaf;
  /** Whether the reader can hold the values of the type, as it is known for. */
  holds?(type: DataType): boolean;
}

/** The values of each row, written down. */
export async function readBy(reader: AnyReader, bytes: Buffer, fields: readonly Field[]): Promise<unknown[]> {
  const rows = await reader.rows(bytes, fields);
  return rows.map((row) => valuesOf(row, fields, reader));
}

export function valuesOf(
  row: Readonly<Record<string, unknown>>,
  fields: readonly Field[],
  { leaf, holds = () => true }: Pick<AnyReader, 'leaf' | 'holds'>,
): unknown[] {
  return fields.map(({ name, type }) => (holds(type) ? canonOf(type, row[name], leaf) : 'not held'));
}

async function queried(bytes: Buffer, ending: string, from: (path: string) => string): Promise<Rows> {
  const path = scratchFile(ending);
  await writeFile(path, bytes);
  const result = await (await duckdb()).runAndReadAll(`SELECT * FROM ${from(quoted(path))}`);
  return result.getRowObjects();
}

const columnsAs = (fields: readonly Field[], type: string): string =>
  `{${fields.map(({ name }) => `${quoted(name)}: '${type}'`).join(', ')}}`;

export const duckParquet: AnyReader = {
  name: 'DuckDB',
  rows: (bytes) => queried(bytes, 'parquet', (path) => `read_parquet(${path})`),
  // It holds nanoseconds with a zone as microseconds.
  holds: (type) => !/timestamp\[ns, /.test(describeType(type)),
  leaf(type, value) {
    const parts = value as Readonly<
      Partial<Record<'micros' | 'nanos' | 'millis' | 'nanoseconds', bigint>>
    > & {
      readonly days?: number;
      readonly bytes?: Uint8Array;
    };
    switch (type.kind) {
      case 'timestamp':
      case 'time':
        if (parts.micros !== undefined) return String(parts.micros * nanos.us);
        if (parts.millis !== undefined) return String(parts.millis * nanos.ms);
        return String(parts.nanos ?? parts.nanoseconds);
      case 'date':
        return dayOf(new Date((parts.days ?? Number.NaN) * 86_400_000));
      case 'binary':
      case 'fixed_binary':
        return parts.bytes && hexOf(parts.bytes);
      default:
        return numberOf(value);
    }
  },
};

export const hyparquet: AnyReader = {
  name: 'hyparquet',
  // It makes doubles of decimals.
  holds: (type) => !describeType(type).includes('decimal'),
  async rows(bytes) {
    // Its own parsers cut times down to milliseconds.
    const parsers = {
      timestampFromMilliseconds: (value: bigint) => value * nanos.ms,
      timestampFromMicroseconds: (value: bigint) => value * nanos.us,
      timestampFromNanoseconds: (value: bigint) => value,
      dateFromDays: (days: number) => dayOf(new Date(days * 86_400_000)),
      stringFromBytes: (text: Uint8Array | undefined) =>
        text && new TextDecoder('utf-8', { ignoreBOM: true }).decode(text),
    };
    const options = { file: new Uint8Array(bytes).buffer, compressors, parsers, utf8: false };
    // Its types want parsers of what they are not given here too, which it does not.
    return parquetReadObjects(options as Parameters<typeof parquetReadObjects>[0]);
  },
  leaf(type, value) {
    if (value instanceof Uint8Array) return hexOf(value);
    // Seconds are milliseconds in Parquet.
    if (type.kind === 'time')
      return String(BigInt(value as number | bigint) * nanos[type.unit === 's' ? 'ms' : type.unit]);
    return numberOf(value);
  },
};

const nullText = '\\N';

export const duckCsv: AnyReader = {
  name: 'DuckDB',
  rows: (bytes, fields) =>
    queried(
      bytes,
      'csv',
      (path) =>
        `read_csv(${path}, header = true, delim = ',', quote = '"', escape = '"', nullstr = '${nullText}', allow_quoted_nulls = false, auto_detect = false, columns = ${columnsAs(fields, 'VARCHAR')})`,
    ),
  leaf: fromText,
};

export const csvParse: AnyReader = {
  name: 'csv-parse',
  async rows(bytes) {
    return parse(bytes, {
      columns: true,
      skip_empty_lines: false,
      relax_column_count: false,
      record_delimiter: '\n',
      cast: (value, { quoting }) => (!quoting && value === nullText ? null : value),
    }) as Rows;
  },
  leaf: fromText,
};

export const jsonParse: AnyReader = {
  name: 'JSON.parse',
  async rows(bytes) {
    return bytes
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Rows[number]);
  },
  leaf: fromText,
};

export const duckJson: AnyReader = {
  name: 'DuckDB',
  async rows(bytes, fields) {
    const rows = await queried(
      bytes,
      'ndjson',
      (path) => `read_json(${path}, format = 'newline_delimited', columns = ${columnsAs(fields, 'JSON')})`,
    );
    return rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, text]) => [name, text === null ? null : JSON.parse(String(text))]),
      ),
    );
  },
  leaf(type, value) {
    // Within arrays and objects it takes -0 for an integer.
    const text = fromText(type, value);
    return text === '-0' ? '0' : text;
  },
};
