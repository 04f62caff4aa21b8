// Owns the way of a batch into the memory of parquet-wasm: as an Arrow IPC stream, copied once.
import { type BatchData, ipcStreamWith, TailraceError } from '@tailrace/core/sink';
import * as arrow from 'apache-arrow';
import { type RecordBatch, Table } from 'parquet-wasm';

/** The batch as the engine has it; whoever gets it must free it or give it to the engine. */
export function toWasmBatch(data: BatchData): RecordBatch {
  const table = Table.fromIPCStream(ipcStreamWith(arrow, [data]));
  try {
    const [batch, ...others] = table.recordBatches();
    if (batch !== undefined && others.length === 0 && batch.numRows === data.rows) return batch;
    for (const made of [batch, ...others]) made?.free();
    throw new TailraceError(
      `A batch of ${data.rows} rows did not arrive whole in parquet-wasm; the file is discarded. Run again, ` +
        'and report this if it stays.',
      { code: 'ENCODE_MISMATCH', operation: 'encode parquet' },
    );
  } finally {
    table.free();
  }
}
