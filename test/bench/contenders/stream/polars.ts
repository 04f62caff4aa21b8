// Owns nodejs-polars in `loop` and `memory`: columns gathered by hand, one data frame, written with all its threads.
import pl from 'nodejs-polars';
import { inChunks, streamContender } from './stream-contender.js';

export const open = streamContender(async () => ({
  write: inChunks(async (path, rows) => {
    const id = new Float64Array(rows);
    const time = new Float64Array(rows);
    const value = new Float64Array(rows);
    const noise = new Float64Array(rows);
    const price = new Float64Array(rows);
    const quantity = new Int32Array(rows);
    const agent = new Array<string>(rows);
    const region = new Array<string>(rows);
    let at = 0;
    return {
      write(chunk) {
        for (const row of chunk) {
          id[at] = row.id;
          time[at] = row.time;
          value[at] = row.value;
          noise[at] = row.noise;
          price[at] = row.price;
          quantity[at] = row.quantity;
          agent[at] = row.agent;
          region[at] = row.region;
          at += 1;
        }
      },
      async close() {
        // Integers as doubles that polars casts: bigints made one by one take longer.
        const frame = pl.DataFrame({
          id: pl.Series('id', id).cast(pl.Int64),
          time: pl.Series('time', time).cast(pl.Int64).cast(pl.Datetime('ms')),
          value: pl.Series('value', value),
          noise: pl.Series('noise', noise),
          price: pl.Series('price', price),
          quantity: pl.Series('quantity', quantity),
          agent: pl.Series('agent', agent, pl.Utf8),
          region: pl.Series('region', region, pl.Utf8),
        });
        frame.writeParquet(path, { compression: 'snappy' });
      },
    };
  }),
  close: async () => {},
}));
