// Owns parquet-wasm in `columns`: batches streamed from Arrow IPC into a file, encodings chosen per column.
import { open as openFile } from 'node:fs/promises';
import type { RecordBatch } from 'apache-arrow';
import {
  Compression,
  Encoding,
  Table,
  transformParquetStream,
  type WriterProperties,
  WriterPropertiesBuilder,
} from 'parquet-wasm';
import { eventBatches, ipcOf } from '../../data/event-arrow.js';
import { eventColumns } from '../../data/synthetic.js';
import type { OpenContender } from '../../harness/contender.js';
import type { TableOptions, TableRound } from './contest.js';

/** Above this share of different values in the first batch a dictionary does not pay. */
const mostDistinct = 0.25;
const integers = ['id', 'ts'];

export const open: OpenContender<TableOptions, TableRound> = async ({ rows }) => {
  const batches = eventBatches(eventColumns(rows));
  const varied = variedColumns(batches[0]);
  const ipc = ipcOf(batches);
  return {
    async round({ path, form }) {
      if (form.kind !== 'parquet') throw new Error(`parquet-wasm writes no ${form.kind}.`);
      const file = await openFile(path, 'wx');
      const stream = await transformParquetStream(streamOf(ipc), propertiesOf(form.compression, varied));
      // Its types name the stream of the browser, which Node's is at run time.
      for await (const bytes of stream as unknown as AsyncIterable<Uint8Array>) await writeAll(file, bytes);
      await file.close();
      return {};
    },
    close: async () => {},
  };
};

async function writeAll(
  file: { write(bytes: Uint8Array): Promise<{ bytesWritten: number }> },
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes.subarray(at))).bytesWritten;
}

function streamOf(ipc: readonly Uint8Array[]): Parameters<typeof transformParquetStream>[0] {
  let next = 0;
  const stream = new ReadableStream({
    pull(controller) {
      const bytes = ipc[next];
      next += 1;
      if (bytes === undefined) controller.close();
      else for (const batch of Table.fromIPCStream(bytes).recordBatches()) controller.enqueue(batch);
    },
  });
  // As above: the browser's type.
  return stream as Parameters<typeof transformParquetStream>[0];
}

function variedColumns(batch: RecordBatch | undefined): string[] {
  if (batch === undefined) return [];
  return batch.schema.fields
    .map(({ name }) => name)
    .filter((name) => new Set(batch.getChild(name)).size > mostDistinct * batch.numRows);
}

function propertiesOf(compression: 'snappy' | 'zstd', varied: readonly string[]): WriterProperties {
  let builder = new WriterPropertiesBuilder()
    .setCompression(compression === 'snappy' ? Compression.SNAPPY : Compression.ZSTD)
    .setMaxRowGroupSize(131_072);
  for (const name of varied) {
    builder = builder.setColumnDictionaryEnabled(name, false);
    if (integers.includes(name)) builder = builder.setColumnEncoding(name, Encoding.DELTA_BINARY_PACKED);
  }
  return builder.build();
}
