// Owns what tests of Parquet files share: files that DuckDB writes of a query, and all rows of a source.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Source } from '@tailrace/core';
import { afterAll, beforeAll } from 'vitest';

export const never: AbortSignal = new AbortController().signal;

export async function readAll<T>(source: Source<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const chunk of source.open(never)) rows.push(...chunk);
  return rows;
}

export interface MadeFiles {
  /** Of the test file alone; there from its first test on. */
  readonly folder: string;
  /** A file with the result of a query, as DuckDB writes it. */
  made(name: string, query: string, options?: string): Promise<string>;
}

/** To be called where a test file begins: the folder goes with the last test. */
export function filesOfDuckDB(): MadeFiles {
  let folder = '';
  let sql: (query: string) => Promise<void>;
  let closeDatabase: () => void;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tailrace-parquet-'));
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    sql = async (query) => {
      await connection.run(query);
    };
    closeDatabase = () => {
      connection.closeSync();
      instance.closeSync();
    };
  });
  afterAll(() => {
    closeDatabase();
    rmSync(folder, { recursive: true });
  });
  return {
    get folder() {
      return folder;
    },
    async made(name, query, options = '') {
      const path = join(folder, `${name}.parquet`);
      await sql(`COPY (${query}) TO '${path}' (FORMAT parquet${options})`);
      return path;
    },
  };
}
