// Owns Tailrace in `rows`: a pipeline with one output and default options, threads and commit included.
import { defineSchema, fromIterable, int32, pipeline, timestamp, utf8 } from '@tailrace/core';
import { parquet } from '@tailrace/writers';
import { type Flight, type FlightColumns, flightChunks, loadFlights } from '../../data/flights.js';
import type { OpenContender } from '../../harness/contender.js';
import type { RowsOptions, RowsRound } from './contest.js';

export const flightSchema = defineSchema({
  date: timestamp('ms', { timezone: null, js: 'number' }),
  delay: int32(),
  distance: int32(),
  origin: utf8(),
  destination: utf8(),
});

export const open: OpenContender<RowsOptions, RowsRound> = async ({ flights, rows }) => {
  const columns = { ...(await loadFlights(flights)), rows };
  return {
    async round({ path }) {
      const flights = pipeline('flights', (flow) => {
        const source = fromIterable(() => eachFlight(columns), { totalItems: rows });
        flow.write('flights', flow.source('rows', source, { schema: flightSchema }), parquet(path));
      });
      await flights.run().completed;
      return {};
    },
    close: async () => {},
  };
};

function* eachFlight(columns: FlightColumns): Generator<Flight> {
  for (const chunk of flightChunks(columns, 2_048)) for (const flight of chunk) yield flight;
}
