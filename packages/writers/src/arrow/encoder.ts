// Owns one open Arrow IPC file: what becomes of its dictionaries, and the proof that all rows came out.
import {
  type Batch,
  type BatchData,
  batchData,
  type EncodeContext,
  type Encoder,
  type Field,
  type Schema,
  TailraceError,
} from '@tailrace/core/sink';
import { estimatedBytes } from '../compress/byte-stage.js';
import { compressStage } from '../compress/compress-stage.js';
import { delivery } from '../delivery.js';
import type { ZstdCompressor } from '../parquet/encode/zstd.js';
import { ensureSchema } from '../schema-guard.js';
import { dictionaryAsText, partsAsText } from './dictionary-as-text.js';
import { type GrowingDictionary, growingDictionary } from './growing-dictionary.js';
import { ipcWriter } from './ipc-writer.js';
import { withCodesInRange } from './null-codes.js';
import type { ArrowFormatOptions } from './options.js';
import { partsWithin } from './parts-within.js';
import { piecesOf } from './pieces-of.js';

/** @param compress for the buffers within the file, where they are compressed */
export function arrowEncoder(context: EncodeContext<ArrowFormatOptions>, compress?: ZstdCompressor): Encoder {
  const { schema, options, out, maxBufferedBytes, signal } = context;
  const isText = ({ type }: Field): boolean =>
    type.kind === 'dictionary' && (options.dictionaries === 'text' || type.inferred === true);
  const stored: Schema = {
    fields: schema.fields.map((field) => (isText(field) ? { ...field, type: { kind: 'utf8' } } : field)),
  };
  const textColumns = [...schema.fields.keys()].filter((at) => isText(schema.fields[at] as Field)); // in range
  const growing = new Map<number, GrowingDictionary>();
  if (options.as === 'file') {
    for (const [at, { name, type }] of stored.fields.entries()) {
      if (type.kind === 'dictionary') growing.set(at, growingDictionary(name));
    }
  }
  const file = delivery(out, signal);
  const stage = compressStage(
    {
      write: (bytes) => file.write(bytes),
      get bytesWritten() {
        return file.bytes;
      },
    },
    options,
    { maxBufferedBytes, shortMatches: true },
  );
  const writer = ipcWriter(options.as, stored, compress);
  let rows = 0;
  let plainBytes = 0;

  const send = async (chunks: readonly Uint8Array[]): Promise<void> => {
    for (const piece of piecesOf(chunks)) {
      plainBytes += piece.length;
      await stage.write(piece);
    }
  };
  const store = (data: BatchData): BatchData => ({
    ...data,
    schema: stored,
    columns: data.columns.map((column, at) => {
      const field = schema.fields[at] as Field; // the batch has the columns of the schema
      if (field.type.kind !== 'dictionary') return column;
      if (isText(field)) return dictionaryAsText(column, data.rows, field.name);
      return growing.get(at)?.add(column) ?? withCodesInRange(column);
    }),
  });
  function* parts(data: BatchData): Generator<BatchData> {
    if (compress === undefined) yield* partsAsText(data, textColumns, maxBufferedBytes);
    else {
      for (const part of partsWithin(data, maxBufferedBytes))
        yield* partsAsText(part, textColumns, maxBufferedBytes / 3);
    }
  }
  const ensureRoom = (): void => {
    let bytes = 0;
    for (const dictionary of growing.values()) bytes += dictionary.bytes;
    if (bytes <= maxBufferedBytes) return;
    throw new TailraceError(
      `The dictionaries of an Arrow file must be held until its end, and theirs have more than ${maxBufferedBytes} bytes. ` +
        "Write them as strings (dictionaries: 'text'), write a stream (as: 'stream'), or raise reserveBytes.",
      { code: 'VALUE_INVALID', operation: 'encode arrow', context: { bytes, limit: maxBufferedBytes } },
    );
  };

  return {
    async write(batch: Batch<unknown>): Promise<void> {
      file.ensureOpen();
      ensureSchema(schema, batch);
      await file.attempt(async () => {
        for (const part of parts(batchData(batch))) {
          signal.throwIfAborted();
          const data = store(part);
          ensureRoom();
          const known = new Map([...growing].map(([at, { chunks }]) => [at, chunks]));
          const written = writer.write(data, known);
          if (written.rows !== data.rows) throw mismatch(data.rows, written.rows);
          rows += written.rows;
          await send(written.chunks);
        }
      });
    },
    async finish() {
      file.ensureOpen();
      return file.attempt(async () => {
        await send(writer.end());
        await stage.finish();
        file.close();
        return { rows };
      });
    },
    abort() {
      stage.abort();
      file.abort();
    },
    get encodedBytes() {
      return estimatedBytes(stage, plainBytes);
    },
  };
}

function mismatch(sent: number, counted: number): TailraceError {
  return new TailraceError(
    `apache-arrow was given a batch of ${sent} rows and wrote ${counted}; the file is discarded. Run again, ` +
      'and report this if it stays.',
    { code: 'ENCODE_MISMATCH', operation: 'encode arrow', context: { sent, counted } },
  );
}
