// Owns the MessagePack source: files of one map for each row, or of columns, as the writer of the same name writes them.
import type { Schema, Source, StoreOfScheme } from '@tailrace/core';
import { checkKinds, checkSchema, isTailraceError, messageOf, PlanError } from '@tailrace/core';
import { byteWindow } from '../bytes/byte-window.js';
import { checkCompression, compressionNamed, type FileCompression, openBytes } from '../bytes/open-bytes.js';
import { fileError } from '../file-error.js';
import { fingerprintOfFiles } from '../file-fingerprint.js';
import type { RemoteFile } from '../remote/remote-file.js';
import { checkUrls } from '../remote/stores.js';
import { eachFile, takesStores } from '../remote/with-stores.js';
import type { ColumnValue } from '../value-forms.js';
import { valueDecoder } from './decode.js';
import { columnsOfHeader, columnTaker, damaged, rowTaker, type Taker } from './rows-of-values.js';
import { newScan, type Scan, scanned } from './scan.js';

export interface ReadMsgpackOptions {
  /** Rows per chunk; fewer where they take 16 MiB of memory together. Default 4,096. */
  readonly chunkRows?: number;
  /**
   * How the file is compressed as a whole. Default: by the ending of its name, `.gz`, `.br` or `.zst`. A file of zstd that is being read
   * holds the window that its frames ask for, up to 128 MiB, which no budget counts.
   */
  readonly compression?: FileCompression;
  /**
   * Bytes that a row, or a batch of columns, may have, in the file and in memory, where values take more: a nil or a small integer 8
   * bytes, a number 32, a text that is not ASCII its bytes twice, a map 64, and with keys 72 more and 40 for each entry. Each is decoded in
   * one turn of the event loop, which no abort reaches: a row of 33 million nils in 1.7 seconds. Default 268,435,456 (256 MiB).
   */
  readonly maxBatchBytes?: number;
  /** Stores for URLs, chosen by their scheme: `[s3({ region: 'eu-west-1' })]`. Default: those of the run. */
  readonly stores?: readonly StoreOfScheme[] | undefined;
}

export interface ReadMsgpackSchema<R> extends ReadMsgpackOptions {
  /** Columns to take from every row and their types; other keys are left out. */
  readonly schema: Schema<R>;
}

type AnyOptions = ReadMsgpackOptions & { readonly schema?: Schema };

/** A row of a file whose columns are not declared. */
export type MsgpackRow = Record<string, ColumnValue>;

/**
 * A source over a file of MessagePack: a sequence of maps, one for each row, or what `msgpack(path, { layout: 'columns' })` writes.
 *
 * With a schema every row must have its columns: integers of any size that fit, floats, strings, bytes, timestamps of extension -1 that
 * are exact in the unit of their column, decimals as strings, times of day and durations as counts; null or a missing key only in
 * nullable columns. Without one values are what they say: numbers, bigints for integers of 64 bits, Dates for timestamps (finer ones
 * than milliseconds are an error), Uint8Arrays for bytes, and Maps for maps whose keys are not all strings.
 *
 * Opening throws SOURCE_FAILED for files that are missing and, with the byte, for what is no MessagePack; VALUE_INVALID with row and
 * column for values that do not fit.
 *
 * @param path of a file, or a URL of one in a store, which may be a pattern: `s3://bucket/prefix/*.msgpack`
 * @example readMsgpack('events.msgpack.gz', { schema: defineSchema({ id: uint64(), at: timestamp('ns', { js: 'bigint' }) }) })
 */
export function readMsgpack<R>(path: string, options: ReadMsgpackSchema<R>): Source<R>;
export function readMsgpack(path: string, options?: ReadMsgpackOptions): Source<MsgpackRow>;
export function readMsgpack(path: string, options: AnyOptions = {}): Source<unknown> {
  const what = `readMsgpack('${path}')`;
  const operation = 'declare source';
  if (typeof path !== 'string' || path === '')
    throw new PlanError('readMsgpack needs a path.', { operation });
  checkUrls('readMsgpack', [path]);
  if (options.schema !== undefined) checkSchema(options.schema, what, operation);
  checkKinds(what, options, { chunkRows: 'count', maxBatchBytes: 'count' }, operation);
  checkCompression(what, options.compression);
  return {
    name: path,
    ...(options.schema === undefined ? {} : { schema: options.schema }),
    fingerprint: (signal) => fingerprintOfFiles([path], options, signal, 'readMsgpack'),
    ...takesStores([path], options, (given) => readMsgpack(path, given) as Source<unknown>),
    async *open(signal) {
      const { stores } = options;
      for await (const file of eachFile([path], { stores, what: 'readMsgpack' }, signal))
        yield* rowsOfMsgpack(file, options, signal);
    },
  };
}

async function* rowsOfMsgpack(
  { path, remote }: MsgpackFile,
  options: AnyOptions,
  signal: AbortSignal,
): AsyncGenerator<readonly object[]> {
  const { chunkRows = 4_096 } = options;
  let taker: Taker | undefined;
  let chunk: object[] = [];
  let heldBytes = 0;
  for await (const { value, byte, held } of valuesOf({ path, remote }, options, signal)) {
    if (taker === undefined) {
      const columns = columnsOfHeader(value);
      taker =
        columns === undefined ? rowTaker(path, options.schema) : columnTaker(path, columns, options.schema);
      if (columns !== undefined) continue;
    }
    for (const row of taker(value, byte)) {
      chunk.push(row);
      if (chunk.length < chunkRows) continue;
      yield chunk;
      signal.throwIfAborted();
      chunk = [];
      heldBytes = 0;
    }
    heldBytes += held;
    if (heldBytes < chunkBytes || chunk.length === 0) continue;
    yield chunk;
    signal.throwIfAborted();
    chunk = [];
    heldBytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}

interface MsgpackFile {
  readonly path: string;
  readonly remote: RemoteFile | undefined;
}

/** Bytes of memory from which on a chunk is given, however few its rows are. */
const chunkBytes = 16 * 2 ** 20;

interface Found {
  readonly value: unknown;
  /** Bytes of memory that it takes, at most. */
  readonly held: number;
  /** Where it begins, decompressed. */
  readonly byte: number;
}

/** The values of a file, each valid until the next one is asked for. */
async function* valuesOf(
  { path, remote }: MsgpackFile,
  options: AnyOptions,
  signal: AbortSignal,
): AsyncGenerator<Found> {
  const { compression = compressionNamed(path), maxBatchBytes = 2 ** 28 } = options;
  signal.throwIfAborted();
  const window = byteWindow();
  const decode = valueDecoder();
  let scan: Scan = newScan();
  let byte = 0;
  const whole = (): boolean => {
    try {
      return scanned(window.bytes(), scan, maxBatchBytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw damaged(path, byte, error.message, error);
    }
  };
  try {
    for await (const bytes of await openBytes(path, compression, signal, remote)) {
      signal.throwIfAborted();
      window.append(bytes);
      while (window.bytes().length > 0 && whole()) {
        const { at, held } = scan;
        yield { value: decoded(path, byte, decode, window.bytes().subarray(0, at)), byte, held };
        window.drop(at);
        byte += at;
        scan = newScan();
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    if (isTailraceError(error)) throw error;
    throw fileError(path, compression === 'none' ? 'read file' : `read ${compression} file`, error);
  }
  if (window.bytes().length > 0) throw damaged(path, byte, 'is cut short');
}

function decoded(
  path: string,
  byte: number,
  decode: (bytes: Uint8Array) => unknown,
  bytes: Uint8Array,
): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    throw damaged(path, byte, `cannot be decoded (${messageOf(error)})`, error);
  }
}
