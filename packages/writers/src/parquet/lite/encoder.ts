// Owns one open Parquet file of parquetjs-lite: a row at a time, each awaited, and row groups that end before memory does.
import { setImmediate as macrotask } from 'node:timers/promises';
import {
  type Batch,
  type BatchData,
  batchData,
  type EncodeContext,
  type Encoder,
  TailraceError,
} from '@tailrace/core/sink';
import { delivery } from '../../delivery.js';
import { ensureSchema } from '../../schema-guard.js';
import { footerRows } from '../footer.js';
import type { ParquetFormatOptions } from '../options.js';
import { rawBytesOf } from '../raw-bytes.js';
import { storable, storableSchema } from '../storable.js';
import { cellReader } from './cells.js';
import { type LiteStream, openLite } from './lite-library.js';

/** What a cell takes in its arrays of values and levels and its set of different values, beside the bytes of the value. */
const cellBytes = 96;
/** Rows after which other events of the thread get their turn: about 50 ms. */
const turnRows = 1024;

export async function liteEncoder(context: EncodeContext<ParquetFormatOptions>): Promise<Encoder> {
  const { schema, options, out, maxBufferedBytes, signal } = context;
  const stored = storableSchema(schema);
  const file = delivery(out, signal);
  const stream = lossless(file);
  const writer = await openLite(stream, {
    schema: stored,
    compression: options.compression,
    rowGroupRows: options.rowGroupRows,
    pageVersion: options.pageVersion ?? 1,
  });
  for (const [key, text] of options.metadata ?? []) writer.setMetadata(key, text);
  const maxGroupBytes = Math.min(options.rowGroupBytes ?? maxBufferedBytes, maxBufferedBytes);
  let rows = 0;
  let groupRows = 0;
  let groupBytes = 0;
  /** Raw bytes of the open row group, by which its size in the file is foretold. */
  let waiting = 0;

  const feed = async (data: BatchData): Promise<void> => {
    const readers = stored.fields.flatMap((field, at) => {
      const column = data.columns[at];
      return column === undefined ? [] : [[field.name, cellReader(field, column)] as const];
    });
    const rowBytes = rawBytesOf(data) / Math.max(1, data.rows);
    for (let row = 0; row < data.rows; row++) {
      if (row % turnRows === turnRows - 1) {
        await macrotask();
        file.ensureOpen();
      }
      const cells = Object.fromEntries(readers.map(([name, read]) => [name, read(row)]));
      groupRows += 1;
      groupBytes += rowBytes + cellBytes * readers.length;
      waiting += rowBytes;
      const isLast = groupRows === options.rowGroupRows || groupBytes >= maxGroupBytes;
      // It ends a row group with the row that reaches this number.
      writer.setRowGroupSize(isLast ? 1 : options.rowGroupRows);
      // Awaited one by one: of rows that were not, it has been seen to write five times as many.
      await writer.appendRow(cells);
      stream.rethrow();
      if (!isLast) continue;
      groupRows = 0;
      groupBytes = 0;
      waiting = 0;
    }
    rows += data.rows;
  };

  return {
    async write(batch: Batch<unknown>): Promise<void> {
      file.ensureOpen();
      ensureSchema(schema, batch);
      await file.attempt(() => named(feed(storable(batchData(batch), stored))));
    },
    async finish() {
      file.ensureOpen();
      return file.attempt(async () => {
        await named(writer.close());
        stream.rethrow();
        file.close();
        const counted = footerRows(stream.last());
        if (counted !== rows) throw mismatch(rows, counted);
        return { rows: counted };
      });
    },
    abort: () => file.abort(),
    get encodedBytes() {
      return Math.round(file.bytes + waiting);
    },
  };
}

interface LosslessStream extends LiteStream {
  /** Throws what delivering has failed with. */
  rethrow(): void;
  /** What was written last: the footer, once the file is closed. */
  last(): Uint8Array;
}

/** In order and one at a time, also what the library does not wait for, and errors are kept, as it would lose some. */
function lossless(file: { write(bytes: Uint8Array): Promise<void> }): LosslessStream {
  let failure: { readonly error: unknown } | undefined;
  let behind: Promise<void> = Promise.resolve();
  let last: Uint8Array = new Uint8Array(0);
  return {
    write(bytes, done) {
      last = bytes;
      behind = behind.then(async () => {
        try {
          if (failure === undefined) await file.write(bytes);
        } catch (error) {
          failure ??= { error };
        }
        done();
      });
    },
    end: (done) => done(),
    rethrow() {
      if (failure !== undefined) throw failure.error;
    },
    last: () => last,
  };
}

/** It throws texts. */
async function named<T>(action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (cause) {
    if (cause instanceof Error) throw cause;
    throw new TailraceError(
      `parquetjs-lite does not take a row: ${String(cause)}. Leave out the option engine: the engine tailrace takes it.`,
      { code: 'VALUE_INVALID', operation: 'encode parquet', cause },
    );
  }
}

function mismatch(sent: number, counted: number): TailraceError {
  return new TailraceError(
    `parquetjs-lite was given ${sent} rows and wrote ${counted}; the file is discarded. Run again, and report this if it stays.`,
    { code: 'ENCODE_MISMATCH', operation: 'verify parquet file', context: { sent, counted } },
  );
}
