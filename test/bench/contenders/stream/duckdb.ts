// Owns DuckDB in `loop` and `memory`: chunks through the appender into a table, then COPY, with all its threads. For `memory`
// the table is on disk and DuckDB keeps to 128 MiB; else it is in memory.
import { rm } from 'node:fs/promises';
import { BIGINT, DOUBLE, DuckDBDataChunk, DuckDBInstance, INTEGER, VARCHAR } from '@duckdb/node-api';
import type { Reading } from '../../data/readings.js';
import { quoted } from '../../harness/read-back.js';
import { chunkRows, inChunks, streamContender } from './stream-contender.js';

const types = [BIGINT, BIGINT, DOUBLE, DOUBLE, DOUBLE, INTEGER, VARCHAR, VARCHAR];

export const open = streamContender(async ({ observe }) => ({
  write: inChunks(async (path) => {
    const onDisk = observe.what === 'memory';
    const database = onDisk ? `${path}.duckdb` : ':memory:';
    const instance = await DuckDBInstance.create(database, onDisk ? { memory_limit: '128MiB' } : {});
    const connection = await instance.connect();
    await connection.run(
      'CREATE TABLE readings (id BIGINT, time BIGINT, value DOUBLE, noise DOUBLE, price DOUBLE, quantity INTEGER, agent VARCHAR, region VARCHAR)',
    );
    const appender = await connection.createAppender('readings');
    const data = DuckDBDataChunk.create(types, chunkRows);
    return {
      write(chunk) {
        data.reset();
        data.rowCount = chunk.length;
        for (const [at, values] of valuesOf(chunk).entries()) data.setColumnValues(at, values);
        appender.appendDataChunk(data);
      },
      async close() {
        appender.closeSync();
        await connection.run(
          `COPY (SELECT * REPLACE (make_timestamp_ms(time) AS time) FROM readings)
           TO ${quoted(path)} (FORMAT parquet, COMPRESSION snappy)`,
        );
        connection.closeSync();
        instance.closeSync();
        if (onDisk) await rm(database);
      },
    };
  }),
  close: async () => {},
}));

const valuesOf = (rows: readonly Reading[]) => [
  rows.map(({ id }) => BigInt(id)),
  rows.map(({ time }) => BigInt(time)),
  rows.map(({ value }) => value),
  rows.map(({ noise }) => noise),
  rows.map(({ price }) => price),
  rows.map(({ quantity }) => quantity),
  rows.map(({ agent }) => agent),
  rows.map(({ region }) => region),
];
