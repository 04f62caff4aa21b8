// Owns range filters as each foreign reader has them: the numbers of the rows whose key lies in a range.
import type { DataType } from '@tailrace/core/sink';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import pl, { type Expr } from 'nodejs-polars';
import { duckdb, quoted } from './readers/duckdb.js';
import { asyncBuffer, storedParsers } from './readers/hyparquet.js';
import type { WrittenFile } from './readers/reader.js';
import type { CellValue } from './table.js';

/** A value that can be compared: neither null nor NaN. */
export type Key = Exclude<CellValue, null | boolean>;

export const isKey = (value: CellValue): value is Key =>
  value !== null && typeof value !== 'boolean' && !Number.isNaN(value);

/** Both ends included. */
export interface KeyRange {
  readonly low: Key;
  readonly high: Key;
}

/** Files to filter have a column `row` with the number of each row, int32, and a column `key`. */
export interface FilteringReader {
  readonly name: string;
  /** Numbers of the matching rows, in the order of the file. */
  rowsWithin(file: WrittenFile, type: DataType, range: KeyRange): Promise<number[]>;
  /** False for columns whose values it changes or orders in its own way, so that such a filter means something else. */
  canFilter(type: DataType, values: readonly CellValue[]): boolean;
  /** What it makes of bounds. */
  trust(type: DataType): Trust;
}

interface Trust {
  /** Skips row groups all of whose values are too small. */
  readonly max: boolean;
  /** Skips row groups all of whose values are too large. */
  readonly min: boolean;
  /** Bounds that were cut short too. */
  readonly shortened: boolean;
  /** Bounds one of which is infinite too. */
  readonly infinite: boolean;
  /** Bytes of a bound of text that it keeps. */
  readonly textBytes: number;
}

const all: Trust = {
  max: true,
  min: true,
  shortened: true,
  infinite: true,
  textBytes: Number.POSITIVE_INFINITY,
};

function isBeyond(value: CellValue, utmost: number | bigint): boolean {
  if (typeof value !== 'number' && typeof value !== 'bigint') return false;
  return value > utmost || value < -utmost;
}

const duckdbFilter: FilteringReader = {
  name: 'DuckDB',
  async rowsWithin({ path }, type, { low, high }) {
    const connection = await duckdb();
    const result = await connection.runAndReadAll(
      `SELECT "row" FROM read_parquet(${quoted(path)}) WHERE "key" BETWEEN ${sqlOf(type, low)} AND ${sqlOf(type, high)}`,
    );
    return result.getColumns()[0]?.map(Number) ?? [];
  },
  // Nanoseconds with a zone become microseconds, and the utmost points in time, which are infinities, cannot be named.
  canFilter(type, values) {
    if (type.kind !== 'timestamp' && type.kind !== 'date') return true;
    if (type.kind === 'timestamp' && type.unit === 'ns' && type.timezone !== null) return false;
    const utmost = type.kind === 'date' ? 2_000_000_000 : 9_200_000_000_000_000_000n;
    return !values.some((value) => isBeyond(value, utmost));
  },
  trust: () => ({ ...all, infinite: false, textBytes: 8 }),
};

function sqlOf(type: DataType, value: Key): string {
  switch (type.kind) {
    case 'bool':
      return String(value);
    case 'int32':
      return `'${value}'::INTEGER`;
    case 'int64':
      return `'${value}'::BIGINT`;
    case 'float64':
      return `'${Object.is(value, -0) ? '-0' : value}'::DOUBLE`;
    case 'date':
      return `(DATE '1970-01-01' + '${value}'::INTEGER)`;
    case 'utf8':
    case 'dictionary':
      return `decode('${bytesOf(String(value))}'::BLOB)`;
    case 'timestamp': {
      if (type.unit === 'ns') return `make_timestamp_ns('${value}'::BIGINT)`;
      const micros = type.unit === 'us' ? BigInt(value) : BigInt(value) * 1000n;
      return `make_timestamp${type.timezone === null ? '' : 'tz'}('${micros}'::BIGINT)`;
    }
    default:
      throw new RangeError(`no recipe for ${type.kind}`);
  }
}

/** SQL text cannot hold every letter. */
const bytesOf = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

const polarsFilter: FilteringReader = {
  name: 'polars',
  async rowsWithin({ path }, type, { low, high }) {
    const key = pl.col('key');
    const frame = await pl
      .scanParquet(path)
      .filter(key.gtEq(literal(type, low)).and(key.ltEq(literal(type, high))))
      .select('row')
      .collect();
    return frame.getColumn('row').toArray().map(Number);
  },
  canFilter: () => true,
  // NaN is above all numbers to polars, and no bound speaks of it. What comes as a dictionary of Arrow (from parquet-wasm) is
  // a categorical, for which it looks at no bounds.
  trust: ({ kind }) => ({
    ...all,
    max: kind !== 'float64' && kind !== 'dictionary',
    min: kind !== 'dictionary',
    shortened: false,
  }),
};

function literal(type: DataType, value: Key): Expr {
  // A negative bigint would become unsigned.
  const integer = (): Expr => pl.lit(String(value)).cast(pl.Int64);
  switch (type.kind) {
    case 'bool':
    case 'float64':
    case 'utf8':
    case 'dictionary':
      return pl.lit(value);
    case 'int32':
      return integer().cast(pl.Int32);
    case 'int64':
      return integer();
    case 'date':
      return integer().cast(pl.Int32).cast(pl.Date);
    case 'timestamp':
      return integer().cast(pl.Datetime(type.unit === 's' ? 'ms' : type.unit, type.timezone));
    default:
      throw new RangeError(`no recipe for ${type.kind}`);
  }
}

async function rowsByHyparquet(
  bytes: Buffer,
  { low, high }: KeyRange,
  usePageIndex: boolean,
): Promise<number[]> {
  const rows = await parquetReadObjects({
    file: asyncBuffer(bytes),
    columns: ['row'],
    filter: { key: { $gte: low, $lte: high } },
    usePageIndex,
    compressors,
    parsers: storedParsers,
  });
  return rows.map(({ row }) => Number(row));
}

const hyparquetFilter: FilteringReader = {
  name: 'hyparquet',
  rowsWithin: ({ bytes }, _type, range) => rowsByHyparquet(bytes, range, false),
  // JavaScript orders text by its 16-bit units, and hyparquet trusts bounds of ASCII alone.
  canFilter: (_type, values) =>
    !values.some((value) => typeof value === 'string' && /[^\0-\x7f]/.test(value)),
  trust: () => all,
};

export const filteringReaders: readonly FilteringReader[] = [duckdbFilter, polarsFilter, hyparquetFilter];

/** Reads no page that the page index rules out. It fails on the empty bounds of pages of nothing but null. */
export const pageFilter: FilteringReader = {
  ...hyparquetFilter,
  rowsWithin: ({ bytes }, _type, range) => rowsByHyparquet(bytes, range, true),
};
