// Owns reading with DuckDB, through the vectors of its result.
import {
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBInstance,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { DataType } from '@tailrace/core/sink';
import type { CellValue } from '../table.js';
import type { Reader } from './reader.js';

let opened: Promise<DuckDBConnection> | undefined;

/** One connection for all tests of a file; the process ends with it. Files are never taken from a cache. */
export function duckdb(): Promise<DuckDBConnection> {
  opened ??= open();
  return opened;
}

async function open(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run('SET enable_external_file_cache = false');
  await connection.run("SET TimeZone = 'UTC'");
  return connection;
}

/** A text as SQL has it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** A name as SQL has it. */
const named = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What DuckDB gives instead of the least and the greatest 64-bit timestamps: infinities, as they are stored. */
const infinity = 2n ** 63n - 1n;

export const duckdbReader: Reader = {
  name: 'DuckDB',
  // It holds nanoseconds with a zone as microseconds.
  readable(value, type) {
    if (type.kind !== 'timestamp' || type.unit !== 'ns' || type.timezone === null) return value;
    if (typeof value !== 'bigint') return value;
    return value === infinity || value === -infinity ? value * 1000n : (value / 1000n) * 1000n;
  },
  async read({ path }, { columns }) {
    const connection = await duckdb();
    const chosen = columns.map(({ name }) => named(name)).join(', ');
    const result = await connection.run(`SELECT ${chosen} FROM read_parquet(${quoted(path)})`);
    const made: CellValue[][] = columns.map(() => []);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return made;
      columns.forEach(({ type }, at) => {
        const cells = made[at] ?? [];
        chunk.visitColumnValues(at, (value) => {
          cells.push(cellOf(value, type));
        });
      });
    }
  },
};

/** DuckDB turns milliseconds into microseconds, and nanoseconds with a zone too, which loses digits (see `readable`). */
function cellOf(value: DuckDBValue, type: DataType): CellValue {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    if (type.kind !== 'timestamp')
      throw new Error(`DuckDB reads a timestamp where ${type.kind} was written.`);
    switch (type.unit) {
      case 's':
      case 'ms':
        return value.micros / 1000n;
      case 'us':
        return value.micros;
      case 'ns':
        return value.micros * 1000n;
    }
  }
  throw new Error(`DuckDB gives a ${value.constructor.name}, which no column type of ours becomes.`);
}
