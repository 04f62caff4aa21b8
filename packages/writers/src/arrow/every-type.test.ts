// Every type in both layouts of Arrow IPC, value by value as apache-arrow and arrow-rs take it;
// flechette and polars: test/interop.
import { batchData, describeType, recordBatchWith } from '@tailrace/core/sink';
import { batchOfRows } from '@tailrace/core/testing';
import * as arrow from 'apache-arrow';
import { Table } from 'parquet-wasm';
import { describe, expect, it } from 'vitest';
import { encodeAll } from '../testing/encode.js';
import { rowsOfType, sampleTypes } from '../testing/type-samples.js';
import arrowFormat from './module.js';
import { resolveArrowOptions } from './options.js';

const shown = (batches: readonly arrow.RecordBatch[]): unknown[] =>
  batches.flatMap((batch) => Array.from({ length: batch.numRows }, (_, row) => plain(batch.get(row))));

/** What apache-arrow gives, without its own classes: `toEqual` tells -0 and 0, null and absent, 1n and 1 apart. */
function plain(value: unknown): unknown {
  if (value instanceof arrow.Vector) return Array.from(value, plain);
  if (value instanceof arrow.StructRow || value instanceof arrow.MapRow)
    return Array.from(value as Iterable<readonly [unknown, unknown]>, ([name, of]) => [name, plain(of)]);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  // Numbers of decimals, which are views of their words.
  return ArrayBuffer.isView(value) ? String(value) : value;
}

/** Rows in one batch, one batch each, with a border after the first and before the last, and none at all. */
function cutsOf<T>(rows: readonly T[]): (readonly (readonly T[])[])[] {
  const borders = [1, rows.length - 1].map((at) => [rows.slice(0, at), rows.slice(at)]);
  return [[rows], rows.map((row) => [row]), ...borders, []];
}

describe.each(['stream', 'file'] as const)('arrow as %s holds every type, as arrow-rs takes it', (as) => {
  it.each(sampleTypes.map((type) => [describeType(type), type] as const))('%s', async (_, type) => {
    for (const nullable of [false, true]) {
      const { schema, rows } = rowsOfType(type, nullable);
      for (const cut of cutsOf(rows)) {
        const batches = cut.map((part) => batchOfRows(schema, part));
        // As Arrow's own objects, which core's tests hold against the rows; dictionaries as what each row says.
        const given = batches.map((batch) => shown([recordBatchWith(arrow, batchData(batch))]));
        const bytes = await encodeAll(arrowFormat, resolveArrowOptions('out', { as }), schema, batches);
        const own = arrow.tableFromIPC(bytes);
        // Behind its first eight bytes a file holds a stream.
        const stream = as === 'file' ? bytes.subarray(8) : bytes;
        const foreign = arrow.tableFromIPC(Table.fromIPCStream(stream).intoIPCStream());
        expect(String(foreign.schema.fields[0]?.type)).toBe(String(own.schema.fields[0]?.type));
        expect(shown(own.batches)).toEqual(given.flat());
        expect(shown(foreign.batches)).toEqual(given.flat());
        expect(foreign.numRows).toBe(cut.length === 0 ? 0 : rows.length);
      }
    }
  });
});
