// Owns frames over files and tables. Paths are those of the server. Declaring one reads nothing.
import { PlanError } from '@tailrace/core';
import { DataFrame, type Row } from './data-frame.js';
import type { Engine } from './engine.js';
import { type FormatOptions, textOptions } from './options.js';

export interface ReadOptions {
  /** Columns as SQL declares them: `id BIGINT, name STRING`. Left out, Spark finds them in the files. */
  readonly schema?: string;
  /** Options of the format, as Spark names them: `{ header: true }`. */
  readonly options?: FormatOptions;
}

type Paths = string | readonly string[];

/** The type of rows is the caller's word: nothing checks it before the rows come. */
export interface FrameReader {
  parquet<R extends object = Row>(paths: Paths, options?: ReadOptions): DataFrame<R>;
  csv<R extends object = Row>(paths: Paths, options?: ReadOptions): DataFrame<R>;
  json<R extends object = Row>(paths: Paths, options?: ReadOptions): DataFrame<R>;
  orc<R extends object = Row>(paths: Paths, options?: ReadOptions): DataFrame<R>;
  text<R extends object = { value: string }>(paths: Paths, options?: ReadOptions): DataFrame<R>;
  /** Any format that the server knows. */
  load<R extends object = Row>(format: string, paths: Paths, options?: ReadOptions): DataFrame<R>;
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
      throw new PlanError('A path to read is empty.', { operation: `read ${format}` });
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
