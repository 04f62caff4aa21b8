// Owns the Arrow source: files and streams of Arrow IPC, one after the other, batch by batch, as chunks of row objects.
import type { Field, Schema, Source, StoreOfScheme } from '@tailrace/core';
import { checkKinds, checkSchema, PlanError, sameType, shownOption } from '@tailrace/core';
import type { Schema as ArrowSchema, RecordBatch } from 'apache-arrow';
import { checkCompression, compressionNamed, type FileCompression } from '../bytes/open-bytes.js';
import { chooseFields, matchSchema } from '../columns/choose-fields.js';
import { columnDecoder } from '../columns/column-values.js';
import { ours, refusedType } from '../columns/of-arrow.js';
import { contentError } from '../file-error.js';
import { fingerprintOfFiles } from '../file-fingerprint.js';
import { bringFile, namedAs, whileHere } from '../remote/brought.js';
import { expanded } from '../remote/list-remote.js';
import { openRemote } from '../remote/remote-file.js';
import { checkUrls, schemeOf } from '../remote/stores.js';
import { takesStores } from '../remote/with-stores.js';
import { rowsFromColumns } from '../row-maker.js';
import { type ColumnValue, checkForms, inForms, type ValueForms } from '../value-forms.js';
import { checkData } from './check-data.js';
import { countRows, schemaAt } from './footer.js';
import { maxMetadataBytes } from './messages.js';
import { batchesOf, maxBatchBytesByDefault, openArrow } from './open-arrow.js';
import { schemaRanges } from './schema-ranges.js';

/** Options of every reader of Arrow IPC, whatever it reads. */
export interface ArrowFileOptions {
  /** Rows per chunk. Default 4,096. */
  readonly chunkRows?: number;
  /**
   * How the file is compressed as a whole. Default: by the ending of its name, `.gz`, `.br` or `.zst`. A file of zstd that is being read
   * holds the window that its frames ask for, up to 128 MiB, which no budget counts.
   */
  readonly compression?: FileCompression;
  /**
   * Bytes that a batch of the file may have. Default 268,435,456 (256 MiB). A file that is compressed as a whole is unpacked into
   * memory, as its footer stands at its end, and may have as many in all; streams are read as they come.
   */
  readonly maxBatchBytes?: number;
  /**
   * Whether a stream must end with the mark that the format has for it. Default `required`: one that was cut off between two
   * batches is an error. `optional` is for writers that close the stream instead, which the format allows: then a stream that was
   * cut there is taken for whole. Files always have a footer.
   */
  readonly endMark?: 'required' | 'optional';
  /** Stores for URLs, chosen by their scheme: `[s3({ region: 'eu-west-1' })]`. Default: those of the run. */
  readonly stores?: readonly StoreOfScheme[] | undefined;
}

export interface ReadArrowOptions extends ArrowFileOptions, ValueForms {
  /** Columns that rows have, in this order; the others are not decoded. Default: all. */
  readonly columns?: readonly string[];
}

export interface ReadArrowSchema<R> extends ArrowFileOptions {
  /** Columns to read, with the types they must have; checked against every file when it is opened. */
  readonly schema: Schema<R>;
}

type AnyOptions = ReadArrowOptions & { readonly schema?: Schema };

/** A row of a file whose columns are not declared. */
export type ArrowRow = Record<string, ColumnValue>;

/**
 * A source over one or several Arrow IPC files or streams, which are told apart by their first bytes. One batch of a file is in
 * memory at a time. Values come as those of `readParquet` do, in the forms that the file notes, or that are asked for; a value
 * without an exact form is an error with row and column. Everything that a file says of lengths is held against the bytes that are there.
 * Columns, and of files the number of rows, are known before the source is opened, unless they are compressed as a whole or lie in a
 * store. Of those, without `schema`, what is written has the columns that are inferred from the rows, where a decimal is text: give
 * `schema`, or `await schemaFrom(url)`. A file of a store is fetched whole to the directory for temporary files while it is read.
 *
 * Buffers may be compressed with lz4 or zstd. Opening throws SOURCE_FAILED for files that are missing, damaged or big-endian, SCHEMA_INVALID for columns that
 * are missing, of another type than declared, or of a type that rows cannot hold (intervals, unions, views, dates of milliseconds).
 *
 * @param path one path, or several files of the same columns, relative to the current directory; or URLs of stores, which may be
 *   patterns: `s3://bucket/prefix/*.arrow`
 * @example readArrow('hourly.arrow', { columns: ['at', 'load'], timestamps: 'bigint' })
 */
export function readArrow<R>(path: string | readonly string[], options: ReadArrowSchema<R>): Source<R>;
export function readArrow(path: string | readonly string[], options?: ReadArrowOptions): Source<ArrowRow>;
export function readArrow(path: string | readonly string[], options: AnyOptions = {}): Source<object> {
  const paths = typeof path === 'string' ? [path] : [...path];
  checkUrls('readArrow', paths);
  const [first = ''] = paths;
  const what = `readArrow('${first}')`;
  const operation = 'declare source';
  if (paths.length === 0) throw new PlanError('readArrow needs at least one path.', { operation });
  const { schema } = options;
  if (schema !== undefined) checkSchema(schema, what, operation);
  checkKinds(what, options, { columns: 'texts', chunkRows: 'count', maxBatchBytes: 'count' }, operation);
  checkForms(what, options);
  if (options.endMark !== undefined && options.endMark !== 'required' && options.endMark !== 'optional')
    throw new PlanError(
      `endMark of ${what} is 'required' or 'optional', not ${shownOption(options.endMark)}.`,
      {
        operation,
      },
    );
  checkCompression(what, options.compression);
  if (options.columns?.length === 0)
    throw new PlanError(`${what} needs at least one column: leave out columns for all of them.`, {
      operation,
    });
  let counted: { readonly rows: number | undefined } | undefined;
  return {
    name: paths.length === 1 ? first : `${first} and ${paths.length - 1} more`,
    get totalItems() {
      // Asked for more than once in a run, and read from every batch of the files.
      counted ??= { rows: isPlain(paths, options) ? knownOf(() => rowsOfFiles(paths)) : undefined };
      return counted.rows;
    },
    get schema() {
      if (schema !== undefined) return schema as Schema<object>; // rows are objects
      return isPlain(paths, options) ? knownOf(() => schemaOfFiles(paths, options)) : undefined;
    },
    fingerprint: (signal) => fingerprintOfFiles(paths, options, signal, 'readArrow'),
    ...takesStores(paths, options, (given) => readArrow(path, given) as Source<object>),
    async *open(signal) {
      const { stores } = options;
      for await (const file of expanded(paths, { stores, what: 'readArrow' }, signal))
        yield* rowsOfArrow(file, options, signal);
    },
  };
}

/** Only of such files anything is known before they are opened. */
function isPlain(paths: readonly string[], { compression }: AnyOptions): boolean {
  return paths.every(
    (path) => schemeOf(path) === undefined && (compression ?? compressionNamed(path)) === 'none',
  );
}

/** What cannot be told before a file is opened is not known; opening it tells why. */
function knownOf<T>(look: () => T | undefined): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function rowsOfFiles(paths: readonly string[]): number | undefined {
  const counts = paths.map((path) => countRows(path, maxMetadataBytes));
  return counts.reduce((sum, rows) => (sum === undefined || rows === undefined ? undefined : sum + rows), 0);
}

/** The columns that all files have, nullable where they are in one of them; undefined when they differ. */
function schemaOfFiles(paths: readonly string[], options: AnyOptions): Schema<object> | undefined {
  const [first, ...others] = paths.map((path) => {
    const schema = schemaAt(path, maxMetadataBytes);
    return schema && chooseFields(path, options.columns, fieldsOf(path, schema, options));
  });
  if (first === undefined) return undefined;
  const isSame = others.every(
    (fields) =>
      fields?.length === first.length &&
      first.every(({ name, type }, at) => {
        const other = fields[at];
        return other !== undefined && other.name === name && sameType(other.type, type);
      }),
  );
  if (!isSame) return undefined;
  const nullable = (at: number): boolean => others.some((fields) => fields?.[at]?.nullable === true);
  return { fields: first.map((field, at) => ({ ...field, nullable: field.nullable || nullable(at) })) };
}

/** The rows of one file, as `readArrow` gives them. */
export async function* rowsOfArrow(
  path: string,
  options: AnyOptions,
  signal: AbortSignal,
): AsyncGenerator<readonly object[]> {
  const { stores } = options;
  const remote = await openRemote(path, { stores, what: 'readArrow' }, signal);
  // Its columns lie in all of it.
  yield* remote === undefined
    ? rowsOfLocal(path, options, signal)
    : whileHere(remote, undefined, signal, (at) => rowsOfLocal(at, options, signal));
}

async function* rowsOfLocal(
  path: string,
  options: AnyOptions,
  signal: AbortSignal,
): AsyncGenerator<readonly object[]> {
  const { chunkRows = 4_096 } = options;
  let firstRow = 0;
  let makeChunks: ChunkMaker | undefined;
  for await (const batch of batchesOf(path, options, signal)) {
    makeChunks ??= chunkMaker(path, fieldsOf(path, batch.schema, options), options, chunkRows);
    // For a stream without batches the library makes one of its own.
    if (batch.numRows > 0) yield* makeChunks(batch, firstRow, signal);
    firstRow += batch.numRows;
  }
}

/** The columns of an Arrow file or stream as a schema. Reads no batch. Throws as opening a source does. */
export async function schemaOfArrow(
  path: string,
  options: ReadArrowOptions,
  signal: AbortSignal,
): Promise<Schema<ArrowRow>> {
  const { stores } = options;
  const remote = await openRemote(path, { stores, what: 'readArrow' }, signal);
  // What is compressed as a whole is unpacked from its beginning, and says what it is at its end.
  const isPlain = remote !== undefined && (options.compression ?? compressionNamed(path)) === 'none';
  const here = remote && (await bringFile(remote, isPlain ? schemaRanges : undefined, signal));
  const at = here?.path ?? path;
  try {
    const schema =
      (isPlain ? schemaAt(at, maxMetadataBytes) : undefined) ?? (await openedSchema(at, options, signal));
    return { fields: chooseFields(path, options.columns, fieldsOf(path, schema, options)) };
  } catch (error) {
    throw here === undefined ? error : namedAs(path, here.path, error);
  } finally {
    await here?.release();
  }
}

async function openedSchema(
  path: string,
  options: ReadArrowOptions,
  signal: AbortSignal,
): Promise<ArrowSchema> {
  const { schema, close } = await openArrow(path, options, signal);
  await close();
  return schema;
}

type Found = ReadonlyMap<string, Field | string>;

function fieldsOf(path: string, schema: ArrowSchema, forms: ValueForms): Found {
  const found = new Map<string, Field | string>();
  for (const arrow of schema.fields) {
    if (found.has(arrow.name)) throw contentError(path, `has two columns named '${arrow.name}'.`);
    const field = ours(arrow);
    found.set(arrow.name, field === undefined ? refusedType(arrow) : inForms(field, forms));
  }
  return found;
}

type ChunkMaker = (batch: RecordBatch, firstRow: number, signal: AbortSignal) => Generator<object[]>;

function chunkMaker(
  path: string,
  found: Found,
  { schema, columns, maxBatchBytes = maxBatchBytesByDefault }: AnyOptions,
  chunkRows: number,
): ChunkMaker {
  const fields = schema === undefined ? chooseFields(path, columns, found) : matchSchema(path, schema, found);
  const names = [...found.keys()];
  const read = fields.map((field) => {
    // Chosen from among those that can be read.
    const inFile = found.get(field.name) as Field;
    return { inFile, at: names.indexOf(field.name), decode: columnDecoder(field, inFile.type) };
  });
  const makeRows = rowsFromColumns(fields.map(({ name }) => name));
  const values: unknown[][] = fields.map(() => new Array<unknown>(chunkRows).fill(undefined));
  return function* (batch, firstRow, signal) {
    const where = { path, firstRow };
    const chosen = read.map(({ inFile, at, decode }, index) => {
      const data = batch.data.children[at];
      try {
        if (data === undefined) throw new RangeError('is missing');
        // As many rows as bytes: columns of nulls take none.
        checkData(inFile, data, batch.numRows, maxBatchBytes);
        return { data, decode, out: values[index] ?? [] };
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const problem = `is damaged: after row ${firstRow}, column '${inFile.name}' ${error.message}. Write or fetch it again.`;
        throw contentError(path, problem, { row: firstRow, column: inFile.name }, error);
      }
    });
    for (let from = 0; from < batch.numRows; from += chunkRows) {
      signal.throwIfAborted();
      const to = Math.min(batch.numRows, from + chunkRows);
      for (const { data, decode, out } of chosen) decode(data, from, to, out, where);
      yield makeRows(values, to - from);
    }
  };
}
