// Owns rows turned into columns by hand, as users of columnar writers do it.
import type { Flight } from '../../data/flights.js';

export interface GatheredFlights {
  readonly date: BigInt64Array<ArrayBuffer>;
  readonly delay: Int32Array<ArrayBuffer>;
  readonly distance: Int32Array<ArrayBuffer>;
  readonly origin: string[];
  readonly destination: string[];
}

export function gather(rows: readonly Flight[]): GatheredFlights {
  const count = rows.length;
  const date = new BigInt64Array(count);
  const delay = new Int32Array(count);
  const distance = new Int32Array(count);
  const origin = new Array<string>(count);
  const destination = new Array<string>(count);
  for (const [index, row] of rows.entries()) {
    date[index] = BigInt(row.date);
    delay[index] = row.delay;
    distance[index] = row.distance;
    origin[index] = row.origin;
    destination[index] = row.destination;
  }
  return { date, delay, distance, origin, destination };
}
