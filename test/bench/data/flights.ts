// Owns the flights as every contender gets them: columns held in memory, from which plain objects are made chunk by chunk.
// The columns are read from the data set once, into a file that processes load in no time.
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Table, tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';

export interface Flight {
  /** Milliseconds since 1970-01-01, local civil time. */
  readonly date: number;
  /** Minutes. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  /** IATA code. */
  readonly origin: string;
  readonly destination: string;
}

export interface FlightColumns {
  readonly rows: number;
  readonly date: Float64Array;
  readonly delay: Int32Array;
  readonly distance: Int32Array;
  /** Numbers of airports. */
  readonly origin: Uint16Array;
  readonly destination: Uint16Array;
  readonly airports: readonly string[];
}

export const allFlights = 3_000_000;

/** 3,000,000 flights of January to June 2001, from the npm package vega-datasets. */
export function flightsParquet(): string {
  const script = createRequire(import.meta.url).resolve('vega-datasets');
  return join(dirname(script), '../data/flights-3m.parquet');
}

/** Writes the first `rows` flights to `folder`, for `loadFlights`. */
export async function prepareFlights(folder: string, rows: number): Promise<void> {
  const parquet = readParquet(await readFile(flightsParquet()), { limit: rows });
  const columns = columnsOf(tableFromIPC(parquet.intoIPCStream()));
  const { date, delay, distance, origin, destination, airports } = columns;
  await writeFile(join(folder, 'flights.json'), JSON.stringify({ rows: columns.rows, airports }));
  const parts = [date, delay, distance, origin, destination];
  await writeFile(
    join(folder, 'flights.bin'),
    Buffer.concat(
      parts.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
    ),
  );
}

export async function loadFlights(folder: string): Promise<FlightColumns> {
  // Written by prepareFlights.
  const { rows, airports } = JSON.parse(await readFile(join(folder, 'flights.json'), 'utf8')) as {
    rows: number;
    airports: string[];
  };
  const { buffer, byteOffset } = await readFile(join(folder, 'flights.bin'));
  let at = byteOffset;
  const take = (bytesPerRow: number): number => {
    const from = at;
    at += rows * bytesPerRow;
    return from;
  };
  return {
    rows,
    date: new Float64Array(buffer, take(8), rows),
    delay: new Int32Array(buffer, take(4), rows),
    distance: new Int32Array(buffer, take(4), rows),
    origin: new Uint16Array(buffer, take(2), rows),
    destination: new Uint16Array(buffer, take(2), rows),
    airports,
  };
}

/** Flights `from..to` as plain objects, made anew. */
export function flightsOf(columns: FlightColumns, from: number, to: number): Flight[] {
  const { date, delay, distance, origin, destination, airports } = columns;
  const chunk = new Array<Flight>(to - from);
  for (let row = from; row < to; row += 1) {
    chunk[row - from] = {
      date: date[row] ?? 0,
      delay: delay[row] ?? 0,
      distance: distance[row] ?? 0,
      origin: airports[origin[row] ?? 0] ?? '',
      destination: airports[destination[row] ?? 0] ?? '',
    };
  }
  return chunk;
}

/** All flights in chunks of plain objects: the way in which every contender gets them. */
export function* flightChunks(columns: FlightColumns, chunkRows: number): Generator<Flight[]> {
  for (let from = 0; from < columns.rows; from += chunkRows) {
    yield flightsOf(columns, from, Math.min(from + chunkRows, columns.rows));
  }
}

function columnsOf(table: Table): FlightColumns {
  const rows = table.numRows;
  const date = new Float64Array(rows);
  const delay = new Int32Array(rows);
  const distance = new Int32Array(rows);
  const origin = new Uint16Array(rows);
  const destination = new Uint16Array(rows);
  const airports = airportTable();
  let row = 0;
  for (const batch of table.batches) {
    const column = (name: string) => {
      const vector = batch.getChild(name);
      if (vector === null) throw new Error(`The flights have no column '${name}'.`);
      return vector;
    };
    const [dates, delays, distances] = [column('date'), column('delay'), column('distance')];
    const [origins, destinations] = [column('origin'), column('destination')];
    for (let index = 0; index < batch.numRows; index += 1, row += 1) {
      date[row] = Number(dates.get(index));
      delay[row] = Number(delays.get(index));
      distance[row] = Number(distances.get(index));
      origin[row] = airports.numberOf(origins.get(index));
      destination[row] = airports.numberOf(destinations.get(index));
    }
  }
  return { rows, date, delay, distance, origin, destination, airports: airports.codes };
}

function airportTable(): { readonly codes: string[]; numberOf(code: string): number } {
  const codes: string[] = [];
  const numbers = new Map<string, number>();
  return {
    codes,
    numberOf(code) {
      let number = numbers.get(code);
      if (number === undefined) {
        number = codes.push(code) - 1;
        numbers.set(code, number);
      }
      return number;
    },
  };
}
