// Owns one open Parquet file: what goes in, in which pieces, and the proof that all of it came out.
import {
  type Batch,
  type BatchData,
  batchData,
  type EncodeContext,
  type Encoder,
  TailraceError,
} from '@tailrace/core/sink';
import type { WriterProperties } from 'parquet-wasm';
import { ensureSchema } from '../../schema-guard.js';
import { crumbs, feedThrough } from '../crumbs.js';
import { chooseEncodings } from '../encodings.js';
import { footerRows, tailKeeper } from '../footer.js';
import type { ParquetFormatOptions } from '../options.js';
import { storable, storableSchema } from '../storable.js';
import { writerProperties } from './properties.js';
import { sizeEstimate } from './size-estimate.js';
import { toWasmBatch } from './wasm-batch.js';
import { openWasmStream, type WasmStream } from './wasm-stream.js';

/** Bytes that a footer may take at most: schema and metadata, then statistics and offsets of each column chunk. */
const footerBase = 64 * 1024;
const footerPerColumn = 1024;

export function parquetEncoder(context: EncodeContext<ParquetFormatOptions>): Encoder {
  const { schema, options, out, maxBufferedBytes, signal } = context;
  const stored = storableSchema(schema);
  // Crumbs wait beside the row group in the engine: both together stay within what may be held back.
  const crumbBytes = Math.floor(maxBufferedBytes / 4);
  const gathered = crumbs(stored, crumbBytes);
  const size = sizeEstimate(options.rowGroupRows);
  let stream: WasmStream | undefined;
  let rows = 0;
  let written = 0;

  const columnBytes = stored.fields.reduce(
    (sum, field) => sum + footerPerColumn + 2 * field.name.length * 4,
    0,
  );
  const metadataBytes = (options.metadata ?? []).reduce(
    (sum, [key, text]) => sum + 4 * (key.length + text.length) + 16,
    0,
  );
  const tail = tailKeeper(
    () =>
      footerBase +
      metadataBytes +
      (Math.ceil(rows / options.rowGroupRows) + size.rowGroups + 2) * columnBytes,
  );

  const onAbort = (): void => stream?.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });

  const feed = async (data: BatchData): Promise<void> => {
    const properties = (): WriterProperties =>
      writerProperties(options, stored, chooseEncodings(data), maxBufferedBytes - crumbBytes);
    stream ??= openWasmStream(properties(), async (bytes) => {
      written += bytes.length;
      tail.push(bytes);
      await out.write(bytes);
    });
    await stream.write(() => toWasmBatch(data));
    rows += data.rows;
    size.fed(data, written);
  };

  return {
    async write(batch: Batch<unknown>): Promise<void> {
      signal.throwIfAborted();
      ensureSchema(schema, batch);
      await feedThrough(gathered, storable(batchData(batch), stored), feed);
    },
    async finish() {
      signal.throwIfAborted();
      // The engine cannot write a file without a batch, hence an empty one when there was none.
      if (gathered.rows > 0 || stream === undefined) await feed(gathered.take());
      await stream?.finish();
      signal.removeEventListener('abort', onAbort);
      const counted = footerRows(tail.bytes());
      if (counted !== rows) {
        throw new TailraceError(
          `parquet-wasm was given ${rows} rows and wrote ${counted}; the file is discarded. Run again, and ` +
            'report this if it stays.',
          { code: 'ENCODE_MISMATCH', operation: 'verify parquet file', context: { sent: rows, counted } },
        );
      }
      return { rows: counted };
    },
    abort() {
      signal.removeEventListener('abort', onAbort);
      stream?.abort(signal.aborted ? signal.reason : new Error('the file was aborted'));
    },
    get encodedBytes() {
      return size.encodedBytes(gathered.bytes);
    },
  };
}
