// Owns the rows of one file of a dataset: those of the version that was opened, with partition columns, filtered, projected.
import { isTailraceError, type StoreOfScheme } from '@tailrace/core';
import type { ReadCsvOptions } from '../csv/read-csv.js';
import { wantedRanges } from '../parquet/wanted-ranges.js';
import { namedAs, type RangesOf } from '../remote/brought.js';
import { rowsFromColumns } from '../row-maker.js';
import type { ColumnWatch } from './column-watch.js';
import { type FileRequest, keepsGroup, openFile } from './file-readers.js';
import type { DatasetPlan, PlannedFile } from './plan.js';
import { type AnyPredicate, columnsOf, rowTest } from './predicate.js';
import type { Version } from './version.js';
import type { WrittenNdjson } from './written-ndjson.js';

export interface Reading {
  readonly plan: DatasetPlan;
  /** Of rows, in order; undefined: whatever the file has, and the partition. */
  readonly columns: readonly string[] | undefined;
  readonly where: AnyPredicate | undefined;
  readonly chunkRows: number;
  readonly csv: ReadCsvOptions | undefined;
  readonly ndjson: WrittenNdjson | undefined;
  readonly version: Version | undefined;
  /** Whether the checksum of each file is looked at before it is read. */
  readonly verify: boolean;
  readonly watch?: ColumnWatch | undefined;
  /** For URLs of files that were written without a manifest. */
  readonly stores?: readonly StoreOfScheme[] | undefined;
}

type Row = Readonly<Record<string, unknown>>;

export async function* rowsOfDataset(
  reading: Reading,
  file: PlannedFile,
  signal: AbortSignal,
): AsyncGenerator<readonly object[]> {
  signal.throwIfAborted();
  const { plan, columns, where, chunkRows, version, csv, ndjson, stores } = reading;
  const { partition } = file;
  const tested = where === undefined ? [] : [...columnsOf(where)];
  const isPruned = tested.every((column) => partition.has(column));
  const test = where === undefined || isPruned ? undefined : rowTest(where);
  const wanted = columns && new Set([...columns, ...(test === undefined ? [] : tested)]);
  const fields = plan.fields && fieldsToRead(plan, wanted);
  const shape = shaper(
    columns,
    plan,
    fields?.map(({ name }) => name),
  );
  await version?.check(file.name);
  if (reading.verify) await version?.checkContent(file.name, signal);
  const request = { fields, where: test === undefined ? undefined : where, chunkRows, csv, ndjson, stores };
  const local = await version?.bring?.(file.name, rangesFor(plan, request), signal);
  const path = local?.path ?? file.path;
  try {
    const rows = openFile(plan.format, { path, ...request }, signal);
    let isFirst = true;
    for await (const chunk of checked(rows, file, version)) {
      // Opened by now, and so the same to its end.
      if (isFirst) await version?.check(file.name);
      isFirst = false;
      reading.watch?.look(file.path, chunk);
      const kept = test === undefined ? chunk : chunk.filter((row) => test(withPartition(row, partition)));
      if (kept.length > 0) yield shape(kept, partition);
      signal.throwIfAborted();
    }
  } catch (error) {
    throw local === undefined ? error : namedAs(file.path, local.path, error);
  } finally {
    await local?.release();
  }
}

/** Of Parquet the columns and row groups that are wanted; of the others all. */
function rangesFor(
  { format }: DatasetPlan,
  { fields, where }: Pick<FileRequest, 'fields' | 'where'>,
): RangesOf | undefined {
  if (format !== 'parquet') return undefined;
  const wanted = { columns: fields?.map(({ name }) => name), keepGroup: keepsGroup(fields, where) };
  return (path, size, fetch) => wantedRanges(path, size, wanted, fetch);
}

/** A reader that fails on a file of another version has not found a damaged file. */
async function* checked(
  rows: AsyncIterable<readonly object[]>,
  file: PlannedFile,
  version: Version | undefined,
): AsyncGenerator<readonly object[]> {
  try {
    yield* rows;
  } catch (error) {
    if (isTailraceError(error) && error.code === 'SOURCE_FAILED') await version?.check(file.name);
    throw error;
  }
}

function fieldsToRead(
  { fields = [], partitionFields }: DatasetPlan,
  wanted: ReadonlySet<string> | undefined,
) {
  const partition = new Set(partitionFields.map(({ name }) => name));
  const inFile = fields.filter(({ name }) => !partition.has(name));
  const needed = inFile.filter(({ name }) => wanted === undefined || wanted.has(name));
  // Something has to be read for the number of rows.
  return needed.length > 0 ? needed : inFile.slice(0, 1);
}

/** Only columns of files can fail the test; those of partitions are put beside them for it. */
function withPartition(row: object, partition: ReadonlyMap<string, unknown>): Row {
  // Rows of readers are objects with their columns as keys.
  const values = row as Row;
  return partition.size === 0 ? values : { ...values, ...Object.fromEntries(partition) };
}

type Shape = (rows: readonly object[], partition: ReadonlyMap<string, unknown>) => readonly object[];

function shaper(
  columns: readonly string[] | undefined,
  { partitionFields }: DatasetPlan,
  read: readonly string[] | undefined,
): Shape {
  if (columns === undefined) {
    return partitionFields.length === 0
      ? (rows) => rows
      : (rows, partition) => rows.map((row) => withPartition(row, partition));
  }
  if (
    read !== undefined &&
    read.length === columns.length &&
    read.every((name, at) => name === columns[at])
  ) {
    return (rows) => rows;
  }
  const make = rowsFromColumns(columns);
  return (rows, partition) =>
    make(
      columns.map((name) =>
        partition.has(name)
          ? new Array<unknown>(rows.length).fill(partition.get(name))
          : rows.map((row) => (row as Row)[name]),
      ),
      rows.length,
    );
}
