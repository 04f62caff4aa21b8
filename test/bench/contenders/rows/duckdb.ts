// Owns DuckDB in `rows`: whole chunks through the appender into a table in memory, then COPY, with all its threads.
import { BIGINT, DuckDBDataChunk, DuckDBInstance, INTEGER, VARCHAR } from '@duckdb/node-api';
import { flightChunks, loadFlights } from '../../data/flights.js';
import type { OpenContender } from '../../harness/contender.js';
import { quoted } from '../../harness/read-back.js';
import type { RowsOptions, RowsRound } from './contest.js';

/** What its chunks hold at most. */
const chunkRows = 2_048;
const types = [BIGINT, INTEGER, INTEGER, VARCHAR, VARCHAR];

export const open: OpenContender<RowsOptions, RowsRound> = async ({ flights, rows }) => {
  const columns = { ...(await loadFlights(flights)), rows };
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  return {
    async round({ path }) {
      // Dates as integers: appending them as its values of timestamps takes longer than converting them all in COPY.
      await connection.run(
        'CREATE OR REPLACE TABLE flights (date BIGINT, delay INTEGER, distance INTEGER, origin VARCHAR, destination VARCHAR)',
      );
      const appender = await connection.createAppender('flights');
      const data = DuckDBDataChunk.create(types, chunkRows);
      for (const chunk of flightChunks(columns, chunkRows)) {
        data.reset();
        data.rowCount = chunk.length;
        data.setColumnValues(
          0,
          chunk.map(({ date }) => BigInt(date)),
        );
        data.setColumnValues(
          1,
          chunk.map(({ delay }) => delay),
        );
        data.setColumnValues(
          2,
          chunk.map(({ distance }) => distance),
        );
        data.setColumnValues(
          3,
          chunk.map(({ origin }) => origin),
        );
        data.setColumnValues(
          4,
          chunk.map(({ destination }) => destination),
        );
        appender.appendDataChunk(data);
      }
      appender.closeSync();
      await connection.run(
        `COPY (SELECT make_timestamp_ms(date) AS date, delay, distance, origin, destination FROM flights)
         TO ${quoted(path)} (FORMAT parquet, COMPRESSION snappy)`,
      );
      return {};
    },
    async close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
};
