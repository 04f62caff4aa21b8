// Owns nodejs-polars in `rows`: one data frame of columns gathered by hand, written with all its threads.
import pl from 'nodejs-polars';
import { flightChunks, loadFlights } from '../../data/flights.js';
import type { OpenContender } from '../../harness/contender.js';
import type { RowsOptions, RowsRound } from './contest.js';

export const open: OpenContender<RowsOptions, RowsRound> = async ({ flights, rows }) => {
  const columns = { ...(await loadFlights(flights)), rows };
  return {
    async round({ path }) {
      // Dates as doubles that polars casts: bigints made one by one take longer.
      const date = new Float64Array(rows);
      const delay = new Int32Array(rows);
      const distance = new Int32Array(rows);
      const origin = new Array<string>(rows);
      const destination = new Array<string>(rows);
      let at = 0;
      for (const chunk of flightChunks(columns, 2_048)) {
        for (const row of chunk) {
          date[at] = row.date;
          delay[at] = row.delay;
          distance[at] = row.distance;
          origin[at] = row.origin;
          destination[at] = row.destination;
          at += 1;
        }
      }
      const frame = pl.DataFrame({
        date: pl.Series('date', date).cast(pl.Int64).cast(pl.Datetime('ms')),
        delay: pl.Series('delay', delay),
        distance: pl.Series('distance', distance),
        origin: pl.Series('origin', origin, pl.Utf8),
        destination: pl.Series('destination', destination, pl.Utf8),
      });
      frame.writeParquet(path, { compression: 'snappy' });
      return {};
    },
    close: async () => {},
  };
};
