// Owns @dsnp/parquetjs in `rows`: row by row, each append awaited, as its documentation has it.
import parquetjs from '@dsnp/parquetjs';
import { type Flight, flightChunks, loadFlights } from '../../data/flights.js';
import type { OpenContender } from '../../harness/contender.js';
import type { RowsOptions, RowsRound } from './contest.js';

const { ParquetSchema, ParquetWriter } = parquetjs;
const snappy = { compression: 'SNAPPY' } as const;

export const open: OpenContender<RowsOptions, RowsRound> = async ({ flights, rows }) => {
  const columns = { ...(await loadFlights(flights)), rows };
  return {
    async round({ path }) {
      const schema = new ParquetSchema({
        date: { type: 'TIMESTAMP_MILLIS', ...snappy },
        delay: { type: 'INT32', ...snappy },
        distance: { type: 'INT32', ...snappy },
        origin: { type: 'UTF8', ...snappy },
        destination: { type: 'UTF8', ...snappy },
      });
      // Larger row groups than its default of 4,096 are faster; still larger ones are not.
      const writer = await ParquetWriter.openFile(schema, path, { rowGroupSize: 65_536 });
      for (const chunk of flightChunks(columns, 2_048)) {
        // It asks for an index signature, which an interface has not.
        for (const row of chunk) await writer.appendRow(row as Flight & Record<string, unknown>);
      }
      await writer.close();
      return {};
    },
    close: async () => {},
  };
};
