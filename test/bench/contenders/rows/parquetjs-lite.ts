// Owns parquetjs-lite in `rows`: row by row, each append awaited, as its documentation has it.
import parquetjs from 'parquetjs-lite';
import { flightChunks, loadFlights } from '../../data/flights.js';
import type { OpenContender } from '../../harness/contender.js';
import type { RowsOptions, RowsRound } from './contest.js';

const { ParquetSchema, ParquetWriter } = parquetjs;
const field = (type: string): { type: string; compression: string } => ({ type, compression: 'SNAPPY' });

export const open: OpenContender<RowsOptions, RowsRound> = async ({ flights, rows }) => {
  const columns = { ...(await loadFlights(flights)), rows };
  return {
    async round({ path }) {
      const schema = new ParquetSchema({
        date: field('TIMESTAMP_MILLIS'),
        delay: field('INT32'),
        distance: field('INT32'),
        origin: field('UTF8'),
        destination: field('UTF8'),
      });
      // Larger row groups than its default of 4,096 are faster; still larger ones are not.
      const writer = await ParquetWriter.openFile(schema, path, { rowGroupSize: 65_536 });
      for (const chunk of flightChunks(columns, 2_048)) for (const row of chunk) await writer.appendRow(row);
      await writer.close();
      return {};
    },
    close: async () => {},
  };
};
