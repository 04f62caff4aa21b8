// Owns the Parquet source: files, one after the other, row group by row group, as chunks of row objects.
import type { Field, Schema, Source, StoreOfScheme } from '@tailrace/core';
import { checkKinds, checkSchema, sameType, shownOption, TailraceError } from '@tailrace/core';
import { chooseFields, matchSchema } from '../columns/choose-fields.js';
import { columnDecoder } from '../columns/column-values.js';
import { fingerprintOfFiles } from '../file-fingerprint.js';
import { bringFile, namedAs, type RangesOf, whileHere } from '../remote/brought.js';
import { expanded } from '../remote/list-remote.js';
import { openRemote } from '../remote/remote-file.js';
import { checkUrls, schemeOf } from '../remote/stores.js';
import { takesStores } from '../remote/with-stores.js';
import { rowsFromColumns } from '../row-maker.js';
import { type ColumnValue, checkForms, type ValueForms } from '../value-forms.js';
import { type DecodedBatch, fieldsOf, openParquet, readFooter } from './parquet-file.js';
import { type KeepGroup, wantedRanges } from './wanted-ranges.js';

export type ParquetValue = ColumnValue;

/** A row of a file whose columns are not declared. */
export type ParquetRow = Record<string, ParquetValue>;

export interface ReadParquetOptions extends ValueForms {
  /** Rows per chunk. Default 4,096. */
  readonly chunkRows?: number;
  /** Stores for URLs, chosen by their scheme: `[s3({ region: 'eu-west-1' })]`. Default: those of the run. */
  readonly stores?: readonly StoreOfScheme[] | undefined;
}

export interface ReadParquetColumns<C extends string> extends ReadParquetOptions {
  /** Columns to read, in this order; the others are neither read nor decoded. Default: all. */
  readonly columns: readonly C[];
}

export interface ReadParquetSchema<R> {
  /** Columns to read, with the types they must have; checked against every file when it is opened. */
  readonly schema: Schema<R>;
  /** Rows per chunk. Default 4,096. */
  readonly chunkRows?: number;
  /** Stores for URLs, chosen by their scheme: `[s3({ region: 'eu-west-1' })]`. Default: those of the run. */
  readonly stores?: readonly StoreOfScheme[] | undefined;
}

/** The type of the rows is given with the call, and is the caller's word: nothing checks it against the file. */
export interface ReadParquetRows<R> extends ReadParquetOptions {
  /** Columns to read, in this order; the others are neither read nor decoded. Default: all. */
  readonly columns?: readonly (keyof R & string)[];
}

interface AnyOptions extends ReadParquetOptions {
  readonly columns?: readonly string[];
  readonly schema?: Schema<object>;
}

/**
 * A source over one or several Parquet files. One row group at a time is in memory, decoded, and only the columns asked for
 * are read. Values come as: boolean; number for integers up to 32 bits, floats, and times of day as counts of their unit; bigint for
 * 64-bit integers and durations and Date for timestamps, unless told otherwise, or as the file notes that they were written; Date
 * for dates; string for text, categories and decimals; Uint8Array for bytes; arrays, objects and Maps for lists, structs and maps;
 * null. A value without an exact form, such as a timestamp with microseconds read as Date, is an error with row and column.
 *
 * With `schema` the rows have its type, and the forms of values follow from it. Without, the columns of what is written
 * from the source itself are those of a local file. `readParquet<Row>(path)` takes the row type on the caller's word.
 *
 * Opening throws SOURCE_FAILED for files that are missing or damaged, SCHEMA_INVALID for columns that are missing, of
 * another type than declared, or of a type that rows cannot hold (intervals). Numbers may be declared as wider ones.
 *
 * Of a file in a store the footer is fetched, then the row groups of the columns asked for, to a file in the directory for temporary
 * files that is removed once it is read. Its columns are not known before it is opened. Without `schema` those of what is written are
 * inferred from its rows, where a decimal is text: give `schema`, or `await schemaFrom(url)`.
 *
 * @param path one path, or several files of the same columns, relative to the current directory; or URLs of stores, which may be
 *   patterns: `s3://bucket/prefix/*.parquet`
 * @example readParquet('flights.parquet', { schema: defineSchema({ origin: utf8(), delay: int64({ js: 'number' }) }) })
 */
export function readParquet<R>(path: string | readonly string[], options: ReadParquetSchema<R>): Source<R>;
export function readParquet<const C extends string>(
  path: string | readonly string[],
  options: ReadParquetColumns<C>,
): Source<Record<C, ParquetValue>>;
export function readParquet<R extends object = ParquetRow>(
  path: string | readonly string[],
  // Only `<Row>` at the call says what the rows are: it is inferred neither from columns nor from what is expected.
  options?: ReadParquetRows<NoInfer<R>>,
): Source<NoInfer<R>>;
export function readParquet(path: string | readonly string[], options: AnyOptions = {}): Source<object> {
  const paths = typeof path === 'string' ? [path] : [...path];
  checkUrls('readParquet', paths);
  const chunkRows = options.chunkRows ?? 4_096;
  if (options.schema !== undefined)
    checkSchema(options.schema, `readParquet('${paths[0]}')`, 'declare source');
  checkKinds(`readParquet('${paths[0]}')`, options, { columns: 'texts' }, 'declare source');
  checkForms(`readParquet('${paths[0]}')`, options);
  checkOptions(paths, options.columns ?? options.schema?.fields, chunkRows);
  // Of others nothing is known before they are opened.
  const isLocal = paths.every((one) => schemeOf(one) === undefined);
  let total: number | undefined;
  let schema = options.schema;
  return {
    name: paths.length === 1 ? (paths[0] ?? '') : `${paths[0]} and ${paths.length - 1} more`,
    get totalItems() {
      if (!isLocal) return undefined;
      total ??= countRows(paths);
      return total;
    },
    get schema() {
      if (isLocal) schema ??= schemaOfFiles(paths, options);
      return schema;
    },
    fingerprint: (signal) => fingerprintOfFiles(paths, options, signal, 'readParquet'),
    ...takesStores(
      paths,
      options,
      (given) => readParquet(path, given as ReadParquetOptions) as Source<object>,
    ),
    async *open(signal) {
      const { stores } = options;
      for await (const file of expanded(paths, { stores, what: 'readParquet' }, signal))
        yield* rowsOf(file, options, chunkRows, signal);
    },
  };
}

/**
 * The columns of a Parquet file as a schema, for `flow.stage(..., { schema })`. Reads the footer only.
 *
 * @throws SOURCE_FAILED when the file is missing or damaged; SCHEMA_INVALID when a column cannot be read into rows
 */
export function schemaOfParquet(
  path: string,
  options: ValueForms & { readonly columns?: readonly string[] } = {},
): Schema<ParquetRow> {
  return { fields: chooseFields(path, options.columns, fieldsOf(path, readFooter(path), options)) };
}

/** The same of a file that may be in a store: of that its footer is fetched. */
export async function fieldsOfParquet(
  path: string,
  options: AnyOptions,
  signal: AbortSignal,
): Promise<Schema<ParquetRow>> {
  const { stores, ...forms } = options;
  const remote = await openRemote(path, { stores, what: 'readParquet' }, signal);
  if (remote === undefined) return schemaOfParquet(path, forms);
  const here = await bringFile(remote, rangesFor({ columns: [] }), signal);
  try {
    return schemaOfParquet(here.path, forms);
  } catch (error) {
    throw namedAs(path, here.path, error);
  } finally {
    await here.release();
  }
}

const rangesFor =
  (wanted: Parameters<typeof wantedRanges>[2]): RangesOf =>
  (path, size, fetch) =>
    wantedRanges(path, size, wanted, fetch);

/** The rows of one file, as `readParquet` gives them. */
export async function* rowsOf(
  path: string,
  options: AnyOptions,
  chunkRows: number,
  signal: AbortSignal,
  keepGroup: KeepGroup = () => true,
): AsyncGenerator<readonly object[]> {
  signal.throwIfAborted();
  const { stores, schema, columns = schema?.fields.map(({ name }) => name) } = options;
  const remote = await openRemote(path, { stores, what: 'readParquet' }, signal);
  if (remote === undefined) yield* rowsOfLocal(path, options, chunkRows, signal, keepGroup);
  else {
    const rows = (at: string) => rowsOfLocal(at, options, chunkRows, signal, keepGroup);
    yield* whileHere(remote, rangesFor({ columns, keepGroup }), signal, rows);
  }
}

async function* rowsOfLocal(
  path: string,
  options: AnyOptions,
  chunkRows: number,
  signal: AbortSignal,
  keepGroup: KeepGroup,
): AsyncGenerator<readonly object[]> {
  const footer = readFooter(path);
  const found = fieldsOf(path, footer, options);
  const fields = chosenOf(path, found, options);
  const names = fields.map((field) => field.name);
  const makeChunks = chunkMaker(path, fields, found, chunkRows);
  const reader = await openParquet(path, footer);
  try {
    let firstRow = 0;
    for (let group = 0; group < footer.rowGroups.length; group += 1) {
      if (!keepGroup(footer, group)) {
        firstRow += footer.rowGroups[group]?.rows ?? 0;
        continue;
      }
      for (const batch of await reader.rowGroup(group, names, signal)) {
        yield* makeChunks(batch, firstRow);
        firstRow += batch.rows;
      }
    }
  } finally {
    await reader.close();
  }
}

function chosenOf(path: string, found: ReadonlyMap<string, Field | string>, options: AnyOptions): Field[] {
  return options.schema === undefined
    ? chooseFields(path, options.columns, found)
    : matchSchema(path, options.schema, found);
}

function chunkMaker(
  path: string,
  fields: readonly Field[],
  found: ReadonlyMap<string, Field | string>,
  chunkRows: number,
): (batch: DecodedBatch, firstRow: number) => Generator<object[]> {
  const decoders = fields.map((field) => {
    const column = found.get(field.name);
    return columnDecoder(field, typeof column === 'object' ? column.type : field.type);
  });
  const makeRows = rowsFromColumns(fields.map((field) => field.name));
  // Filled anew for every chunk: rows take the values over, nobody else sees the arrays.
  const values: unknown[][] = fields.map(() => new Array<unknown>(chunkRows).fill(undefined));
  return function* (batch, firstRow) {
    const where = { path, firstRow };
    for (let from = 0; from < batch.rows; from += chunkRows) {
      const to = Math.min(batch.rows, from + chunkRows);
      for (const [index, decode] of decoders.entries()) {
        const data = batch.columns[index];
        const out = values[index];
        if (data !== undefined && out !== undefined) decode(data, from, to, out, where);
      }
      yield makeRows(values, to - from);
    }
  };
}

/** For progress only, so a file that cannot be read has no total; opening the source tells why. */
function countRows(paths: readonly string[]): number | undefined {
  try {
    return paths.reduce((sum, path) => sum + readFooter(path).rows, 0);
  } catch {
    return undefined;
  }
}

/**
 * The columns that all files have, nullable where they are in one of them. Undefined when they differ or a file cannot be
 * read: opening the source tells why.
 */
function schemaOfFiles(paths: readonly string[], options: AnyOptions): Schema<object> | undefined {
  try {
    const [first, ...others] = paths.map((path) =>
      chosenOf(path, fieldsOf(path, readFooter(path), options), options),
    );
    if (first === undefined) return undefined;
    const isSame = others.every(
      (fields) =>
        fields.length === first.length &&
        fields.every((field, index) => {
          const of = first[index];
          return of !== undefined && field.name === of.name && sameType(field.type, of.type);
        }),
    );
    if (!isSame) return undefined;
    const nullable = (index: number): boolean => others.some((fields) => fields[index]?.nullable === true);
    return {
      fields: first.map((field, index) => ({ ...field, nullable: field.nullable || nullable(index) })),
    };
  } catch {
    return undefined;
  }
}

function checkOptions(
  paths: readonly string[],
  columns: readonly unknown[] | undefined,
  chunkRows: number,
): void {
  if (paths.length === 0) throw planError('readParquet needs at least one path.');
  if (columns?.length === 0)
    throw planError('readParquet needs at least one column: leave out columns for all of them.');
  if (!Number.isSafeInteger(chunkRows) || chunkRows < 1) {
    throw planError(
      `chunkRows of readParquet must be a positive whole number, got ${shownOption(chunkRows)}.`,
    );
  }
}

function planError(message: string): TailraceError {
  return new TailraceError(message, { code: 'PLAN_INVALID', operation: 'declare source' });
}
