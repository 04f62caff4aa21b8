// Owns reading back with DuckDB: a reader we did not write.
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';

/** Runs a query in a fresh in-memory database; int32 as number, int64 as bigint. */
export async function query(sql: string): Promise<Record<string, DuckDBValue>[]> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowObjects();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
