// Owns frames over files and tables. Paths are those of the server. Declaring one reads nothing.
import { PlanError } from '@tailrace/core';
import { DataFrame, type Row } from './data-frame.js';
import type { Engine } from './engine.js';
import { type FormatOptions, textOptions } from './options.js';

/** Options of what is read. */
export interface ReadOptions {
  /** Columns as SQL declares them: `id BIGINT, name STRING`. Left out, Spark finds them in the files. */
  readonly schema?: string;
  /** Options of the format, as Spark names them: `{ header: true }`. */
  readonly options?: FormatOptions;
}

type Paths = string | readonly string[];

/**
 * Frames over what the server reads. A path may name a file, a directory or a pattern (`/data/2026-*`), and several may be
 * given. The type of rows is the caller's word: nothing checks it before the rows come. What is not there fails the first
 * action.
 *
 * Each throws a PlanError for an empty path.
 */
export interface FrameReader {
  /** Files of Parquet, with the columns that they name. */
  parquet<R extends object = Row>(paths: Paths, options?: ReadOptions): DataFrame<R>;
  /** Texts of columns. Without a schema all are texts, named `_c0`, `_c1` and so on unless `header` is set. */
  csv<R extends object = Row>(paths: Paths, options?: ReadOptions): DataFrame<R>;
  /** A JSON object in each line; `{ multiLine: true }` for one in each file. */
  json<R extends object = Row>(paths: Paths, options?: ReadOptions): DataFrame<R>;
  /** Files of ORC. */
  orc<R extends object = Row>(paths: Paths, options?: ReadOptions): DataFrame<R>;
  /** Each line as a row of one column, `value`. */
  text<R extends object = { value: string }>(paths: Paths, options?: ReadOptions): DataFrame<R>;
  /** Any format that the server knows: `binaryFile`, `jdbc` (without paths). @throws PlanError for an empty path */
  load<R extends object = Row>(format: string, paths: Paths, options?: ReadOptions): DataFrame<R>;
  /** A table or a view of the catalog, by its name: `db.trips`. */
  table<R extends object = Row>(name: string, options?: Pick<ReadOptions, 'options'>): DataFrame<R>;
}

export function createFrameReader(engine: Engine): FrameReader {
  const load = <R extends object>(
    format: string,
    given: Paths,
    { schema, options }: ReadOptions = {},
  ): DataFrame<R> => {
    const paths = typeof given === 'string' ? [given] : given;
    if (paths.some((path) => path === ''))
      throw new PlanError(
        `A path of ${format} to read is empty. Give a path of the server, such as '/data/trips'.`,
        {
          operation: `read ${format}`,
        },
      );
    const value = {
      format,
      paths,
      options: textOptions(options),
      ...(schema === undefined ? {} : { schema }),
    };
    return new DataFrame(engine, engine.relation('read', { readType: { case: 'dataSource', value } }));
  };
  return {
    load,
    parquet: (paths, options) => load('parquet', paths, options),
    csv: (paths, options) => load('csv', paths, options),
    json: (paths, options) => load('json', paths, options),
    orc: (paths, options) => load('orc', paths, options),
    text: (paths, options) => load('text', paths, options),
    table: (name, { options } = {}) => {
      const value = { unparsedIdentifier: name, options: textOptions(options) };
      return new DataFrame(engine, engine.relation('read', { readType: { case: 'namedTable', value } }));
    },
  };
}
