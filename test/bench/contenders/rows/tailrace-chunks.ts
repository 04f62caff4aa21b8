// Owns Tailrace in `rows` with a source that hands over the chunks as they are.
import { fromChunks, pipeline } from '@tailrace/core';
import { parquet } from '@tailrace/writers';
import { flightChunks, loadFlights } from '../../data/flights.js';
import type { OpenContender } from '../../harness/contender.js';
import type { RowsOptions, RowsRound } from './contest.js';
import { flightSchema } from './tailrace.js';

export const open: OpenContender<RowsOptions, RowsRound> = async ({ flights, rows }) => {
  const columns = { ...(await loadFlights(flights)), rows };
  return {
    async round({ path }) {
      const flights = pipeline('flights', (flow) => {
        const source = fromChunks(async function* () {
          yield* flightChunks(columns, 2_048);
        });
        flow.write('flights', flow.source('rows', source, { schema: flightSchema }), parquet(path));
      });
      await flights.run().completed;
      return {};
    },
    close: async () => {},
  };
};
