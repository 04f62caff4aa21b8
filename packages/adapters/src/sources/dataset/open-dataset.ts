// Owns `openDataset(...)`: a dataset as a source of rows, of one version, with the columns and the rows that are asked for.
import { createHash } from 'node:crypto';
import {
  type Clock,
  type Schema,
  type Source,
  type StoreOfScheme,
  systemClock,
  TailraceError,
} from '@tailrace/core';
import { fingerprintOfFiles } from '../file-fingerprint.js';
import type { ParquetRow } from '../parquet/read-parquet.js';
import { schemeOf } from '../remote/stores.js';
import type { ValueForms } from '../value-forms.js';
import { checkAgainst, checkOptions, withoutChecksums } from './check-options.js';
import { checkReadable } from './check-readable.js';
import { watchColumns } from './column-watch.js';
import { rowsOfDataset } from './dataset-rows.js';
import { type DatasetFormat, knownFormat } from './file-readers.js';
import { listDirectory, listGlob } from './listing.js';
import { isGlob } from './patterns.js';
import { type DatasetPlan, planOfFiles, planOfVersion } from './plan.js';
import { type AnyPredicate, columnsOf, type Predicate, rowTest } from './predicate.js';
import { checkPredicateTypes } from './predicate-types.js';
import { type Bounds, mayMatch } from './prune.js';
import { type RemoteFiles, remoteVersion } from './remote-version.js';
import { type Version, versionAt } from './version.js';
import { type WrittenCsv, writtenCsv } from './written-csv.js';
import { type WrittenNdjson, writtenNdjson } from './written-ndjson.js';

export interface OpenDatasetOptions<R> extends ValueForms {
  /** Columns that rows have, in this order; the others are not decoded. Default: all. */
  readonly columns?: readonly (keyof R & string)[] | undefined;
  /** Rows to give. Files and Parquet row groups that cannot hold such rows are not read. Default: all. */
  readonly where?: Predicate<R> | undefined;
  /** Default: the manifest's, else what the names of the files tell. */
  readonly format?: DatasetFormat | undefined;
  /** How CSV files are written, where it is neither as the manifest says nor as RFC 4180 has it. */
  readonly csv?: WrittenCsv | undefined;
  /** How NDJSON files are written, where the manifest does not tell. */
  readonly ndjson?: WrittenNdjson | undefined;
  /** Rows per chunk. Default 4,096. */
  readonly chunkRows?: number | undefined;
  /**
   * Whether each file is read once more before, and its SHA-256 held against the manifest. Default false: sizes are looked at, and
   * damage that keeps them shows only where a format has checksums of its own.
   */
  readonly verify?: boolean | undefined;
  /** Stores for URLs, chosen by their scheme: `[s3({ region: 'eu-west-1' })]`. Default: local files only. */
  readonly stores?: readonly StoreOfScheme[] | undefined;
  /** Stops the opening. */
  readonly signal?: AbortSignal | undefined;
  /** Waits for a dataset that is just being replaced. Default: the system's. */
  readonly clock?: Clock | undefined;
}

export interface OpenDatasetSchema<R> extends OpenDatasetOptions<R> {
  /** Columns with the types they must have, those of partitions included. `columns` chooses among them. */
  readonly schema: Schema<R>;
}

/** Options once their types have been checked where they were written. */
type AnyOptions = OpenDatasetOptions<Readonly<Record<string, unknown>>> & {
  readonly schema?: Schema<object>;
};

/** A file of a dataset that is read. */
export interface DatasetFile {
  /** Where it is. */
  readonly path: string;
  /** Known from a manifest. */
  readonly rows: number | undefined;
  readonly bytes: number | undefined;
  /** Values of its partition, as rows have them. */
  readonly partition: Readonly<Record<string, unknown>>;
}

/** A dataset that was opened: a source of its rows. */
export interface Dataset<out R> extends Source<R> {
  /** As it was given. */
  readonly name: string;
  readonly format: DatasetFormat;
  readonly partitionBy: readonly string[];
  /** Those that may hold rows that are asked for, in the order in which they are read. */
  readonly files: readonly DatasetFile[];
  /** The run that has published this version; undefined without a manifest. */
  readonly runId: string | undefined;
}

/**
 * Opens what a file sink, Spark, DuckDB or another writer of Hive's layout has written: a directory, one file, or a glob
 * pattern. The version that is there now is the one that is read, each time the source is opened.
 *
 * With a manifest (`_manifest.json`) its files are read and no others, and columns have the types they were written with,
 * those of partitions included. When the dataset is replaced meanwhile, the source ends in a ConflictError rather than
 * give rows of two versions; one that is published by generations is read on for an hour at least. Appending disturbs nobody.
 *
 * URLs are of the option `stores`: a dataset that was published there, one file, a prefix as a directory, or a pattern of URLs, in
 * which `%2A` and the like are no signs. Files are listed by the store; the first million keys of a prefix at most.
 *
 * Without one, every file is read that is not hidden (`_SUCCESS`, `.crc`); `column=value` directories are columns: int64 when
 * all their values are whole numbers, date when all are days, else text; `__HIVE_DEFAULT_PARTITION__` is null. Columns of
 * Parquet files are those of the first file, nullable; CSV and NDJSON without `schema` are what their readers make of them.
 *
 * @throws SOURCE_FAILED when nothing is there or it is damaged, SCHEMA_INVALID for columns that are missing or of another
 *   type than declared, a PlanError for options that contradict the dataset
 * @example
 * const routes = await openDataset('out/routes', {
 *   columns: ['origin', 'delay'],
 *   where: { column: 'year', op: '>=', value: 2001 },
 * });
 * flow.source('routes', routes);
 */
export function openDataset<R>(path: string, options: OpenDatasetSchema<R>): Promise<Dataset<R>>;
export function openDataset<R extends object = ParquetRow>(
  path: string,
  options?: OpenDatasetOptions<NoInfer<R>>,
): Promise<Dataset<R>>;
export async function openDataset(
  path: string,
  // The overloads have checked the names of columns; here they are text.
  options: AnyOptions = {},
): Promise<Dataset<object>> {
  const { where, clock = systemClock, chunkRows = 4_096, verify = false } = options;
  const signal = options.signal ?? new AbortController().signal;
  checkOptions(path, options);
  const isRemote = schemeOf(path) !== undefined;
  const local = isRemote || isGlob(path) ? undefined : await versionAt(path, clock, signal);
  const found = isRemote ? await remoteVersion(path, options.stores ?? [], signal) : local;
  const version = found !== undefined && 'manifest' in found ? found : undefined;
  if (verify && version === undefined) throw withoutChecksums(path);
  const plan = await planOf(path, found, options, signal);
  checkAgainst(path, options, plan.format, version && knownFormat(version.manifest.format));
  const columns = chosen(path, plan, options.columns, where);
  const csv = writtenCsv(version?.manifest, options.csv);
  const ndjson = writtenNdjson(version?.manifest, options.ndjson);
  const wanted = columns && new Set([...columns, ...(where === undefined ? [] : columnsOf(where))]);
  checkReadable(`openDataset('${path}')`, plan, wanted, ndjson);
  const files =
    where === undefined ? plan.files : plan.files.filter((file) => mayHold(where, file.partition));
  const reading = { plan, columns, where, chunkRows, csv, ndjson, version, verify, stores: options.stores };
  const schemaFields = columns?.flatMap((name) => plan.fields?.filter((field) => field.name === name) ?? []);
  const isCounted = where === undefined && files.every(({ rows }) => rows !== undefined);
  // The columns of the plan have the forms of values that were asked for.
  const read = JSON.stringify(
    [plan.format, plan.fields, plan.partitionFields, columns, where, csv, ndjson],
    plainly,
  );
  return {
    name: path,
    format: plan.format,
    partitionBy: plan.partitionFields.map(({ name }) => name),
    files: files.map(({ path: at, rows, bytes, partition }) => ({
      path: at,
      rows,
      bytes,
      partition: Object.fromEntries(partition),
    })),
    runId: version?.manifest.runId,
    totalItems: isCounted ? files.reduce((sum, { rows = 0 }) => sum + rows, 0) : undefined,
    ...(plan.fields === undefined || schemaFields === undefined ? {} : { schema: { fields: schemaFields } }),
    async fingerprint(stop) {
      if (version !== undefined) return fingerprintOf(version, read);
      return fingerprintOfFiles(
        files.map((file) => file.path),
        { read, stores: options.stores },
        stop,
        'openDataset',
      );
    },
    async *open(stop) {
      const watch = watchColumns(path, plan, options.columns, where);
      for (const file of files) yield* rowsOfDataset({ ...reading, watch }, file, stop);
      watch?.finish();
    },
  };
}

async function planOf(
  path: string,
  found: Awaited<ReturnType<typeof versionAt>> | RemoteFiles | undefined,
  options: AnyOptions,
  signal: AbortSignal,
): Promise<DatasetPlan> {
  const { int64, timestamps, schema, format, stores } = options;
  const wanted = {
    signal,
    stores,
    ...(int64 === undefined ? {} : { int64 }),
    ...(timestamps === undefined ? {} : { timestamps }),
    ...(schema === undefined ? {} : { schema }),
    ...(format === undefined ? {} : { format }),
  };
  if (found === undefined) return planOfFiles(path, await listGlob(path, signal), wanted);
  if ('listed' in found) return planOfFiles(path, found.listed, wanted);
  if ('manifest' in found) return planOfVersion(path, found, wanted);
  const listed = found.kind === 'file' ? [{ path, partition: {} }] : await listDirectory(found.root, signal);
  return planOfFiles(path, listed, wanted);
}

/**
 * The columns of rows, or undefined when they are all that the files have.
 * @throws SCHEMA_INVALID for those that are not there, a PlanError for a predicate that compares one with what it does not hold
 */
function chosen(
  path: string,
  { fields, partitionFields }: DatasetPlan,
  columns: readonly string[] | undefined,
  where: AnyPredicate | undefined,
): readonly string[] | undefined {
  const known = fields?.map(({ name }) => name);
  for (const name of [...(columns ?? []), ...(where === undefined ? [] : columnsOf(where))]) {
    if (known === undefined || known.includes(name)) continue;
    const shown = known.map((one) => `'${one}'`).join(', ');
    throw new TailraceError(`'${path}' has no column '${name}'; its columns are ${shown}.`, {
      code: 'SCHEMA_INVALID',
      operation: 'open dataset',
      context: { path, column: name },
    });
  }
  if (where !== undefined) checkPredicateTypes(path, where, fields ?? partitionFields);
  return columns ?? known;
}

function mayHold(where: AnyPredicate, partition: ReadonlyMap<string, unknown>): boolean {
  if ([...columnsOf(where)].every((column) => partition.has(column))) {
    return rowTest(where)(Object.fromEntries(partition));
  }
  return mayMatch(where, (column) =>
    partition.has(column) ? boundsOfValue(partition.get(column)) : undefined,
  );
}

function boundsOfValue(value: unknown): Bounds {
  const isNull = value === null;
  const known =
    typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string' ? value : undefined;
  const bound = value instanceof Date ? value.getTime() : typeof value === 'boolean' ? Number(value) : known;
  const isUnordered = Number.isNaN(bound);
  return {
    min: isUnordered ? undefined : bound,
    max: isUnordered ? undefined : bound,
    mayBeNull: isNull,
    mayBeValue: !isNull,
    mayBeNaN: isUnordered,
  };
}

function fingerprintOf({ manifest }: Version, read: string): string {
  const hash = createHash('sha256').update(read);
  for (const { path, checksum } of manifest.files) hash.update(`\0${path}\0${checksum}`);
  return `dataset:${hash.digest('hex')}`;
}

function plainly(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
