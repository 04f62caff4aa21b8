// Owns the baseline of `rows`: the rows are made and nothing is done with them.
import { flightChunks, loadFlights } from '../../data/flights.js';
import type { OpenContender } from '../../harness/contender.js';
import type { RowsOptions, RowsRound } from './contest.js';

export const open: OpenContender<RowsOptions, RowsRound> = async ({ flights, rows }) => {
  const columns = { ...(await loadFlights(flights)), rows };
  return {
    async round() {
      let made = 0;
      for (const chunk of flightChunks(columns, 2_048))
        for (const row of chunk) made += row.distance > 0 ? 1 : 0;
      return { made };
    },
    close: async () => {},
  };
};
