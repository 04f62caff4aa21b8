import { batchData, describeType, recordBatchWith } from '@tailrace/core/sink';
import { batchOfRows } from '@tailrace/core/testing';
import * as arrow from 'apache-arrow';
import { Table } from 'parquet-wasm';
import { describe, expect, it } from 'vitest';
import { encodeAll } from '../testing/encode.js';
import { rowsOfType, sampleTypes } from '../testing/type-samples.js';
import arrowFormat from './module.js';
import { resolveArrowOptions } from './options.js';

const shown = (batches: readonly arrow.RecordBatch[]): string[] =>
  batches.flatMap((batch) => Array.from({ length: batch.numRows }, (_, row) => String(batch.get(row))));

describe('arrow holds every type, as arrow-rs takes it', () => {
  it.each(sampleTypes.map((type) => [describeType(type), type] as const))('%s', async (_, type) => {
    for (const nullable of [false, true]) {
      const { schema, rows } = rowsOfType(type, nullable);
      const cut = Math.ceil(rows.length / 2);
      const batches = [rows.slice(0, cut), rows.slice(cut)].map((part) => batchOfRows(schema, part));
      // As Arrow's own objects, which core's tests hold against the rows; dictionaries as what each row says.
      const given = batches.map((batch) => shown([recordBatchWith(arrow, batchData(batch))]));
      const bytes = await encodeAll(
        arrowFormat,
        resolveArrowOptions('out', { as: 'stream' }),
        schema,
        batches,
      );
      const own = arrow.tableFromIPC(bytes);
      const foreign = arrow.tableFromIPC(Table.fromIPCStream(bytes).intoIPCStream());
      expect(String(foreign.schema.fields[0]?.type)).toBe(String(own.schema.fields[0]?.type));
      expect(shown(own.batches)).toEqual(given.flat());
      expect(shown(foreign.batches)).toEqual(given.flat());
      expect(foreign.numRows).toBe(rows.length);
    }
  });
});
