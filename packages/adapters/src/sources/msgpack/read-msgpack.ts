// Owns the MessagePack source: files of one map for each row, or of columns, as the writer of the same name writes them.
import type { Field, Schema, Source } from '@tailrace/core';
import {
  checkKinds,
  checkSchema,
  describeType,
  isTailraceError,
  messageOf,
  PlanError,
  ValueError,
} from '@tailrace/core';
import { byteWindow } from '../bytes/byte-window.js';
import { checkCompression, compressionNamed, type FileCompression, openBytes } from '../bytes/open-bytes.js';
import { contentError, fileError } from '../file-error.js';
import { fingerprintOfFiles } from '../file-fingerprint.js';
import { rowsFromColumns } from '../row-maker.js';
import { TextProblem } from '../text/text-problem.js';
import type { ColumnValue } from '../value-forms.js';
import { keyText, valueDecoder } from './decode.js';
import { columnConverter, objectOf, plainValue } from './msgpack-values.js';
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
 * @example readMsgpack('events.msgpack.gz', { schema: defineSchema({ id: uint64(), at: timestamp('ns', { js: 'bigint' }) }) })
 */
export function readMsgpack<R>(path: string, options: ReadMsgpackSchema<R>): Source<R>;
export function readMsgpack(path: string, options?: ReadMsgpackOptions): Source<MsgpackRow>;
export function readMsgpack(path: string, options: AnyOptions = {}): Source<unknown> {
  const what = `readMsgpack('${path}')`;
  const operation = 'declare source';
  if (typeof path !== 'string' || path === '')
    throw new PlanError('readMsgpack needs a path.', { operation });
  if (options.schema !== undefined) checkSchema(options.schema, what, operation);
  checkKinds(what, options, { chunkRows: 'count', maxBatchBytes: 'count' }, operation);
  checkCompression(what, options.compression);
  return {
    name: path,
    ...(options.schema === undefined ? {} : { schema: options.schema }),
    fingerprint: (signal) => fingerprintOfFiles([path], options, signal),
    async *open(signal) {
      const { chunkRows = 4_096 } = options;
      let taker: Taker | undefined;
      let chunk: object[] = [];
      let heldBytes = 0;
      for await (const { value, byte, held } of valuesOf(path, options, signal)) {
        if (taker === undefined) {
          const columns = columnsOfHeader(value);
          taker =
            columns === undefined
              ? rowTaker(path, options.schema)
              : columnTaker(path, columns, options.schema);
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
    },
  };
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
async function* valuesOf(path: string, options: AnyOptions, signal: AbortSignal): AsyncGenerator<Found> {
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
    for await (const bytes of await openBytes(path, compression, signal)) {
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

function damaged(path: string, byte: number, problem: string, cause?: unknown): Error {
  return contentError(
    path,
    `is damaged or no MessagePack: the value at byte ${byte} ${problem}. Where it is larger than that, raise maxBatchBytes; else write or fetch it again.`,
    { byte },
    cause,
  );
}

/** The names of the columns when the value is what `layout: 'columns'` begins with. */
function columnsOfHeader(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null || !('tailrace' in value) || !('columns' in value))
    return undefined;
  const { tailrace, columns } = value;
  if (tailrace !== 1 || !Array.isArray(columns)) return undefined;
  const names = columns.map((column: unknown) =>
    typeof column === 'object' && column !== null && 'name' in column ? column.name : undefined,
  );
  return names.every((name) => typeof name === 'string') ? names : undefined;
}

/** The rows of a value. */
type Taker = (value: unknown, byte: number) => Iterable<object>;

interface Column {
  readonly field: Pick<Field, 'name'> & Partial<Field>;
  readonly key: string;
  readonly convert: (value: unknown) => unknown;
}

const declared = ({ fields }: Schema): Column[] =>
  fields.map((field) => ({ field, key: keyText(field.name), convert: columnConverter(field) }));

function cell(path: string, row: number, { field, convert }: Column, value: unknown): unknown {
  try {
    return convert(value);
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    const type = field.type === undefined ? '' : ` (${describeType(field.type)})`;
    const shown =
      typeof value === 'string' || typeof value === 'number'
        ? JSON.stringify(value).slice(0, 80)
        : 'the value';
    throw new ValueError(`'${path}', row ${row}, column '${field.name}'${type}: ${shown} ${error.message}.`, {
      operation: 'read source',
      context: { path, row, column: field.name },
    });
  }
}

function mapIn(path: string, byte: number, value: unknown): Readonly<Record<string, unknown>> {
  try {
    return objectOf(value);
  } catch (error) {
    if (error instanceof TextProblem) throw damaged(path, byte, `${error.message}, and so no row`);
    throw error;
  }
}

function rowTaker(path: string, schema: Schema | undefined): Taker {
  let row = -1;
  if (schema === undefined) {
    return (value, byte) => {
      row += 1;
      mapIn(path, byte, value);
      const made = cell(path, row, { field: { name: '' }, key: '', convert: plainValue }, value);
      if (made instanceof Map) throw damaged(path, byte, 'has a key that is no string, and so no columns');
      return [made as object]; // what `plainValue` makes of a map
    };
  }
  const columns = declared(schema);
  const make = rowsFromColumns(columns.map(({ field }) => field.name));
  return (value, byte) => {
    row += 1;
    const given = mapIn(path, byte, value);
    return make(
      columns.map((column) => [cell(path, row, column, given[column.key])]),
      1,
    );
  };
}

function columnTaker(path: string, names: readonly string[], schema: Schema | undefined): Taker {
  const columns =
    schema === undefined
      ? names.map((name): Column => ({ field: { name }, key: keyText(name), convert: plainValue }))
      : declared(schema);
  const make = rowsFromColumns(columns.map(({ field }) => field.name));
  let row = 0;
  return (value, byte) => {
    const given = mapIn(path, byte, value);
    const count = rowsOfBatch(path, byte, given, names);
    const arrays = columns.map((column) => {
      const items = given[column.key];
      // A column that the file does not have has a null in every row, which its type allows or not.
      if (!Array.isArray(items))
        return Array.from({ length: count }, (_, at) => cell(path, row + at, column, undefined));
      return items.map((item, at) => cell(path, row + at, column, item));
    });
    row += count;
    return make(arrays, count);
  };
}

/** All columns of the head, those too that nobody asks for, are arrays of one length, and there are no others. */
function rowsOfBatch(
  path: string,
  byte: number,
  given: Readonly<Record<string, unknown>>,
  names: readonly string[],
): number {
  let first: { readonly name: string; readonly rows: number } | undefined;
  for (const name of names) {
    const items = given[keyText(name)];
    if (!Array.isArray(items)) {
      const what = items === undefined ? 'nothing' : 'no array';
      throw damaged(
        path,
        byte,
        `is a batch with ${what} for the column '${name}', which the head of the file names`,
      );
    }
    first ??= { name, rows: items.length };
    if (items.length !== first.rows) {
      const rows = `${items.length} values for the column '${name}' and ${first.rows} for '${first.name}'`;
      throw damaged(path, byte, `is a batch with ${rows}`);
    }
  }
  if (Object.keys(given).length !== names.length)
    throw damaged(path, byte, 'is a batch with columns that the head of the file does not name');
  return first?.rows ?? 0;
}
