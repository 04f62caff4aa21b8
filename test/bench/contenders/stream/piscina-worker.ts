// Owns what a thread of the hand-rolled pool does with a part.
import { writeFile } from 'node:fs/promises';
import { makeData, makeVector, Table, TimestampMillisecond, tableToIPC, vectorFromArray } from 'apache-arrow';
import { Compression, Table as WasmTable, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm';
import type { Reading } from '../../data/readings.js';

export interface Part {
  readonly rows: readonly Reading[];
  readonly path: string;
}

/** Piscina calls the default export of its module. */
export default async function writePart({ rows, path }: Part): Promise<void> {
  const times = BigInt64Array.from(rows, ({ time }) => BigInt(time));
  const table = new Table({
    id: makeVector(BigInt64Array.from(rows, ({ id }) => BigInt(id))),
    time: makeVector(makeData({ type: new TimestampMillisecond(), length: rows.length, data: times })),
    value: makeVector(Float64Array.from(rows, ({ value }) => value)),
    noise: makeVector(Float64Array.from(rows, ({ noise }) => noise)),
    price: makeVector(Float64Array.from(rows, ({ price }) => price)),
    quantity: makeVector(Int32Array.from(rows, ({ quantity }) => quantity)),
    // Strings become dictionaries, which is faster than making a string column.
    agent: vectorFromArray(rows.map(({ agent }) => agent)),
    region: vectorFromArray(rows.map(({ region }) => region)),
  });
  const properties = new WriterPropertiesBuilder().setCompression(Compression.SNAPPY).build();
  await writeFile(path, writeParquet(WasmTable.fromIPCStream(tableToIPC(table, 'stream')), properties));
}
