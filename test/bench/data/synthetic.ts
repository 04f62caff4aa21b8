// Owns the synthetic table: eight columns of the kinds that make encoders work, computed alike in every process.
import { random32, random53 } from './random.js';

/** A row of the table. */
export interface Event {
  /** Counts up from 0. */
  readonly id: number;
  /** Microseconds since 1970-01-01, civil time without a zone; never falls. */
  readonly ts: number;
  /** Random, 16 or 17 digits. */
  readonly noise: number;
  /** Random, 16 or 17 digits, over several powers of ten. */
  readonly value: number;
  /** In cents: 50,000 different. */
  readonly price: number;
  /** One of 40. */
  readonly rate: number;
  /** One of 100,000. */
  readonly agent: string;
  /** One of 12. */
  readonly region: string;
}

export interface EventColumns {
  readonly rows: number;
  readonly id: Float64Array;
  readonly ts: Float64Array;
  readonly noise: Float64Array;
  readonly value: Float64Array;
  readonly price: Float64Array;
  readonly rate: Float64Array;
  /** Numbers of `agents` and of `regions`. */
  readonly agent: Int32Array;
  readonly region: Int32Array;
}

export const agents: readonly string[] = Array.from(
  { length: 100_000 },
  (_, number) => `agent-${String(number).padStart(6, '0')}`,
);
export const regions: readonly string[] = [
  'north',
  'north-east',
  'east',
  'south-east',
  'south',
  'south-west',
  'west',
  'north-west',
  'centre',
  'coast',
  'islands',
  'île',
];

export function eventColumns(rows: number): EventColumns {
  const id = new Float64Array(rows);
  const ts = new Float64Array(rows);
  const noise = new Float64Array(rows);
  const value = new Float64Array(rows);
  const price = new Float64Array(rows);
  const rate = new Float64Array(rows);
  const agent = new Int32Array(rows);
  const region = new Int32Array(rows);
  const coarse = random32(1);
  const fine = random53(2);
  let now = 1_700_000_000_000_000;
  for (let row = 0; row < rows; row += 1) {
    now += Math.floor(coarse() * 1_000_000);
    id[row] = row;
    ts[row] = now;
    noise[row] = fine();
    value[row] = 10 ** (fine() * 6);
    price[row] = Math.floor(coarse() * 50_000) / 100;
    rate[row] = Math.floor(coarse() * 40) / 40;
    agent[row] = Math.floor(coarse() * agents.length);
    region[row] = Math.floor(coarse() * regions.length);
  }
  return { rows, id, ts, noise, value, price, rate, agent, region };
}

/** Rows `from..to` as plain objects, made anew. */
export function eventsOf(columns: EventColumns, from: number, to: number): Event[] {
  const { id, ts, noise, value, price, rate, agent, region } = columns;
  const chunk = new Array<Event>(to - from);
  for (let row = from; row < to; row += 1) {
    chunk[row - from] = {
      id: id[row] ?? 0,
      ts: ts[row] ?? 0,
      noise: noise[row] ?? 0,
      value: value[row] ?? 0,
      price: price[row] ?? 0,
      rate: rate[row] ?? 0,
      agent: agents[agent[row] ?? 0] ?? '',
      region: regions[region[row] ?? 0] ?? '',
    };
  }
  return chunk;
}

/** All rows in chunks of plain objects. */
export function* eventChunks(columns: EventColumns, chunkRows: number): Generator<Event[]> {
  for (let from = 0; from < columns.rows; from += chunkRows) {
    yield eventsOf(columns, from, Math.min(from + chunkRows, columns.rows));
  }
}
