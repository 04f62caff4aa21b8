// Owns reading files back with DuckDB, outside the clock: a writer that loses or changes values wins nothing.
import { DuckDBInstance } from '@duckdb/node-api';

/** Checks by name: SQL expressions over the table that was written. */
export type Checks = Readonly<Record<string, string>>;
/** Their values. */
export type Facts = Readonly<Record<string, string>>;

export interface Reader {
  /** The checks' values over `from`: `read_parquet('...')`, or a subquery. */
  facts(from: string, checks: Checks): Promise<Facts>;
  /** Throws an Error naming the first value that differs. */
  compare(what: string, from: string, checks: Checks, expected: Facts): Promise<void>;
  close(): void;
}

export async function openReader(): Promise<Reader> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const facts = async (from: string, checks: Checks): Promise<Facts> => {
    const columns = Object.entries(checks).map(([name, sql]) => `CAST(${sql} AS VARCHAR) AS "${name}"`);
    const result = await connection.runAndReadAll(`SELECT ${columns.join(', ')} FROM ${from}`);
    const row = result.getRowObjects()[0] ?? {};
    return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]));
  };
  return {
    facts,
    async compare(what, from, checks, expected) {
      const found = await facts(from, checks);
      for (const name of Object.keys(checks)) {
        if (found[name] === expected[name]) continue;
        throw new Error(
          `What ${what} wrote is not what it was given: ${name} is ${found[name]}, expected ${expected[name]}.`,
        );
      }
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A string as a SQL literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * A number that changes when a text of the column changes, or meets another row: the sum of hashes of the texts (the first
 * 32 bits of their MD5, modulo a prime), each weighed with an integer expression of its row.
 */
export function textHash(column: string, weight: string): string {
  return `sum((CAST('0x' || left(md5(${column}), 8) AS UBIGINT) % ${hashPrime}) * (${weight}))`;
}

/** Of `textHash`, for those who compute it elsewhere. */
export const hashPrime = 1_000_003;
