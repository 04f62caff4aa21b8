// Owns writing a frame: to files of a format, to tables, or nowhere. Paths are those of the server.
import { PlanError } from '@tailrace/core';
import { shortNumber } from '../column/whole-number.js';
import { planDoing, saveMethods, saveModes, type WriteOperation } from '../protocol/command.js';
import type { Relation } from '../protocol/relation.js';
import type { ActionOptions, Engine } from './engine.js';
import { type FormatOptions, textOptions } from './options.js';

/** What to do where something stands already: fail (`error`), replace it, add to it, or write nothing (`ignore`). */
export type SaveMode = keyof typeof saveModes;

/** Options of what is written. */
export interface FrameWriteOptions extends ActionOptions {
  /** What to do where something stands already. Default `error`. */
  readonly mode?: SaveMode;
  /** Columns that become directories `name=value`. */
  readonly partitionBy?: readonly string[];
  /** Columns that spread rows over so many buckets; of tables alone. */
  readonly bucketBy?: {
    readonly columns: readonly string[];
    readonly buckets: number;
    readonly sortBy?: readonly string[];
  };
  /** Options of the format, as Spark names them: `{ compression: 'zstd' }`. */
  readonly options?: FormatOptions;
}

/** Options of `saveAsTable`. */
export interface TableWriteOptions extends FrameWriteOptions {
  /** Format of the table's files; the server's own by default. */
  readonly format?: string;
}

type Target = Pick<WriteOperation, 'source' | 'saveType'>;

/**
 * Writes the rows of a frame, where the server puts them. Each resolves when Spark has said that all is written.
 *
 * Each throws a PlanError for wrong options; a SparkError where Spark fails, with `outcome: 'unknown'` where the server was
 * lost meanwhile: then look at the target before you write again; a CancelledError when the signal is aborted.
 */
export interface FrameWriter {
  /** A directory of Parquet files. */
  parquet(path: string, options?: FrameWriteOptions): Promise<void>;
  /** A directory of CSV files, without a header unless `options` say so. */
  csv(path: string, options?: FrameWriteOptions): Promise<void>;
  /** A directory of files with a JSON object in each line. */
  json(path: string, options?: FrameWriteOptions): Promise<void>;
  /** A directory of ORC files. */
  orc(path: string, options?: FrameWriteOptions): Promise<void>;
  /** A directory of lines; the frame has one column of texts. */
  text(path: string, options?: FrameWriteOptions): Promise<void>;
  /** Any format that the server knows. @param path left out for formats without one */
  save(format: string, path: string | undefined, options?: FrameWriteOptions): Promise<void>;
  /** A table of the catalog, made where there is none. */
  saveAsTable(name: string, options?: TableWriteOptions): Promise<void>;
  /** By the order of columns, into a table that there is. */
  insertInto(name: string, options?: Pick<FrameWriteOptions, 'mode' | keyof ActionOptions>): Promise<void>;
  /** Computes every row with all its columns, and writes none. */
  noop(options?: ActionOptions): Promise<void>;
}

/** The plan of a write, for those who run it themselves. */
export function writePlan(input: Relation, target: Target, options: FrameWriteOptions): WriteOperation {
  const { mode = 'error', partitionBy, bucketBy } = options;
  if (!Object.hasOwn(saveModes, mode))
    throw new PlanError(
      `The mode of a write is one of ${Object.keys(saveModes).join(', ')}, not ${String(mode)}.`,
      { operation: 'write a frame' },
    );
  return {
    input,
    ...target,
    mode: saveModes[mode],
    ...(partitionBy === undefined ? {} : { partitioningColumns: partitionBy }),
    ...(bucketBy === undefined
      ? {}
      : {
          bucketBy: {
            bucketColumnNames: bucketBy.columns,
            numBuckets: shortNumber('buckets of bucketBy', bucketBy.buckets),
          },
          sortColumnNames: bucketBy.sortBy ?? [],
        }),
    options: textOptions(options.options),
  };
}

export function createFrameWriter(engine: Engine, input: Relation): FrameWriter {
  const run = async (target: Target, operation: string, options: FrameWriteOptions): Promise<void> => {
    const plan = planDoing({ case: 'writeOperation', value: writePlan(input, target, options) });
    // A write is done when the server says so, which ends the responses; the end of a stream alone does not.
    for await (const _response of engine.execute(plan, operation, options));
  };
  const toFiles =
    (source: string) =>
    (path: string, options: FrameWriteOptions = {}): Promise<void> =>
      run({ source, saveType: { case: 'path', value: path } }, `write ${source} to ${path}`, options);
  const toTable = (tableName: string, saveMethod: number, options: TableWriteOptions): Promise<void> => {
    const { format } = options;
    const saveType = { case: 'table', value: { tableName, saveMethod } } as const;
    const target = format === undefined ? { saveType } : { source: format, saveType };
    return run(target, `write the table ${tableName}`, options);
  };
  return {
    parquet: toFiles('parquet'),
    csv: toFiles('csv'),
    json: toFiles('json'),
    orc: toFiles('orc'),
    text: toFiles('text'),
    save: (format, path, options = {}) =>
      path === undefined
        ? run({ source: format }, `write ${format}`, options)
        : toFiles(format)(path, options),
    saveAsTable: (name, options = {}) => toTable(name, saveMethods.saveAsTable, options),
    insertInto: (name, options = {}) => toTable(name, saveMethods.insertInto, { mode: 'append', ...options }),
    noop: (options = {}) => run({ source: 'noop' }, 'compute every row', { ...options, mode: 'overwrite' }),
  };
}
