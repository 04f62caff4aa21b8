// Owns apache-arrow's writer of IPC: batches in, pieces of the file out, still on the batch's memory, with
// rows as the messages count them.
import { arrowSchemaWith, type BatchData, recordBatchWith, type Schema } from '@tailrace/core/sink';
import * as arrow from 'apache-arrow';
import type { ZstdCompressor } from '../parquet/encode/zstd.js';
import type { ArrowLayout } from './options.js';
import { type PackedBuffers, packedBuffers } from './packed-buffers.js';

export interface WrittenBatch {
  /** What comes next in the file. Views of the batch's memory are among them. */
  readonly chunks: readonly Uint8Array[];
  /** Rows, as the record batch messages among the chunks count them. */
  readonly rows: number;
}

export interface IpcWriter {
  /**
   * @param dictionaries by column: the pieces of a dictionary that has grown, where it is not the batch's own
   */
  write(data: BatchData, dictionaries: ReadonlyMap<number, readonly arrow.Data<arrow.Utf8>[]>): WrittenBatch;
  /** What is left: the footer of a file, the end mark of a stream. */
  end(): readonly Uint8Array[];
}

/** Keeps what is written as it comes, instead of queueing it for a reader. */
class Chunks extends arrow.AsyncByteQueue {
  #written: Uint8Array[] = [];

  override write(value: ArrayBufferView | Uint8Array): void {
    const chunk = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (chunk.length > 0) this.#written.push(chunk);
  }

  take(): Uint8Array[] {
    const written = this.#written;
    this.#written = [];
    return written;
  }
}

/**
 * The format's description has a whole stream within a file, schema included ("IPC File Format"); apache-arrow leaves the
 * schema out, and readers that take a file for a stream fail on it.
 */
class FileWriter extends arrow.RecordBatchFileWriter {
  readonly #compress: ZstdCompressor | undefined;

  constructor(compress: ZstdCompressor | undefined) {
    super(writerOptions(compress));
    this.#compress = compress;
  }

  protected override _compressBodyBuffers(buffers: ArrayBufferView[]): PackedBuffers {
    return this.#compress === undefined
      ? super._compressBodyBuffers(buffers)
      : packedBuffers(buffers, this.#compress);
  }

  protected override _writeSchema(schema: arrow.Schema): this {
    super._writeSchema(schema);
    return this._writeMessage(arrow.Message.from(schema));
  }
}

class StreamWriter extends arrow.RecordBatchStreamWriter {
  readonly #compress: ZstdCompressor | undefined;

  constructor(compress: ZstdCompressor | undefined) {
    super(writerOptions(compress));
    this.#compress = compress;
  }

  protected override _compressBodyBuffers(buffers: ArrayBufferView[]): PackedBuffers {
    return this.#compress === undefined
      ? super._compressBodyBuffers(buffers)
      : packedBuffers(buffers, this.#compress);
  }
}

function writerOptions(compress: ZstdCompressor | undefined): {
  readonly compressionType?: arrow.CompressionType;
} {
  return compress === undefined ? {} : { compressionType: arrow.CompressionType.ZSTD };
}

/** @param compress for the buffers of batches and dictionaries; undefined to leave them as they are */
export function ipcWriter(as: ArrowLayout, schema: Schema, compress?: ZstdCompressor): IpcWriter {
  const known = arrowSchemaWith(arrow, schema);
  const sink = new Chunks();
  const writer = as === 'file' ? new FileWriter(compress) : new StreamWriter(compress);
  writer.reset(sink, known);
  return {
    write(data, dictionaries) {
      // What was written before the first batch has no rows.
      const before = sink.take();
      const batch = recordBatchWith(arrow, data, known);
      for (const [at, pieces] of dictionaries) {
        const column = batch.data.children[at];
        if (column !== undefined) column.dictionary = new arrow.Vector([...pieces]);
      }
      writer.write(batch);
      const chunks = sink.take();
      return { chunks: [...before, ...chunks], rows: rowsIn(chunks) };
    },
    end() {
      writer.finish();
      return sink.take();
    },
  };
}

/** The rows of all record batches among these chunks, read from their messages: whole messages, each of three pieces at least. */
function rowsIn(chunks: readonly Uint8Array[]): number {
  let rows = 0;
  for (let at = 0; at < chunks.length; ) {
    // A mark, the length of the message with its padding, the message itself.
    const length = chunks[at + 1];
    const metadata = chunks[at + 2];
    if (length === undefined || metadata === undefined) break;
    const message = arrow.Message.decode(metadata);
    if (message.isRecordBatch()) rows += message.header().length;
    const padded = new DataView(length.buffer, length.byteOffset, 4).getInt32(0, true);
    let left = padded + message.bodyLength;
    for (at += 2; left > 0 && at < chunks.length; at++) left -= (chunks[at] as Uint8Array).length; // in range
  }
  return rows;
}
