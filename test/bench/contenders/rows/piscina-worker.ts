// Owns what a thread of the hand-rolled pool does with a part.
import { writeFile } from 'node:fs/promises';
import { makeData, makeVector, Table, TimestampMillisecond, tableToIPC, vectorFromArray } from 'apache-arrow';
import { Compression, Table as WasmTable, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm';
import type { Flight } from '../../data/flights.js';
import { gather } from './gather.js';

export interface Part {
  readonly rows: readonly Flight[];
  readonly path: string;
}

/** Piscina calls the default export of its module. */
export default async function writePart({ rows, path }: Part): Promise<void> {
  const { date, delay, distance, origin, destination } = gather(rows);
  const table = new Table({
    date: makeVector(makeData({ type: new TimestampMillisecond(), length: date.length, data: date })),
    delay: makeVector(delay),
    distance: makeVector(distance),
    // Strings become dictionaries, which is faster than making a string column.
    origin: vectorFromArray(origin),
    destination: vectorFromArray(destination),
  });
  const properties = new WriterPropertiesBuilder().setCompression(Compression.SNAPPY).build();
  await writeFile(path, writeParquet(WasmTable.fromIPCStream(tableToIPC(table, 'stream')), properties));
}
