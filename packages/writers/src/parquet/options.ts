// Owns the way of Parquet's options to the worker: their defaults, and which engine they are for.
import { PlanError } from '@tailrace/core/sink';
import { asked, type Capability, enginesWith, missing } from './capabilities.js';
import { checkValues } from './check-options.js';
import type { ColumnOptions } from './column-options.js';
import type { ParquetCompression } from './compression.js';
import type { ParquetEncodings, ParquetOptions } from './declared-options.js';
import { automaticEngines, type ParquetEngine } from './engine.js';
import type { ParquetSorting } from './sort-guard.js';

export type { ParquetEncodings, ParquetOptions } from './declared-options.js';

/** The options as the worker gets them. */
export interface ParquetFormatOptions {
  readonly compression: ParquetCompression;
  readonly encodings: ParquetEncodings;
  readonly rowGroupRows: number;
  /** For the engine tailrace: parquet-wasm may write what it does not. True where no engine was declared. */
  readonly otherEngine?: boolean;
  readonly level?: number;
  readonly rowGroupBytes?: number;
  readonly columns?: ColumnOptions;
  readonly statistics?: boolean;
  readonly pageIndex?: boolean;
  readonly sortedBy?: readonly ParquetSorting[];
  readonly metadata?: readonly (readonly [key: string, text: string])[];
  readonly pageVersion?: 1 | 2;
  readonly createdBy?: string;
}

export interface ResolvedParquetOptions {
  readonly engine: ParquetEngine;
  readonly format: ParquetFormatOptions;
}

/** Fills in defaults and chooses the engine. Throws PLAN_INVALID for values out of range, and for what the engine cannot do. */
export function resolveParquetOptions(path: string, options: ParquetOptions): ResolvedParquetOptions {
  const refuse = (message: string): PlanError =>
    new PlanError(`parquet(${path}): ${message}`, { operation: 'declare parquet' });
  checkValues(options, refuse);
  const compression = options.compression ?? 'snappy';
  const wanted = asked({ ...options, compression });
  const engine = engineFor(options.engine, wanted, refuse);
  const mayChange =
    options.engine === undefined && engine === 'tailrace' && missing('parquet-wasm', wanted).length === 0;
  const { encodings = 'adaptive', rowGroupRows = 131_072, columns, metadata } = options;
  return {
    engine,
    format: {
      compression,
      rowGroupRows,
      encodings,
      ...(mayChange ? { otherEngine: true } : {}),
      ...given('level', options.compressionLevel),
      ...given('rowGroupBytes', options.rowGroupBytes),
      ...given('columns', columns && Object.entries(columns)),
      ...given('statistics', options.statistics),
      ...given('pageIndex', options.pageIndex),
      ...given('sortedBy', options.sortedBy),
      ...given('metadata', metadata && Object.entries(metadata)),
      ...given('pageVersion', options.pageVersion),
      ...given('createdBy', options.createdBy),
    },
  };
}

/** Left out unless there is a value: the options of a usual declaration stay few, and the same as ever. */
function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  // A computed key widens to string otherwise.
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

function engineFor(
  named: ParquetEngine | undefined,
  wanted: readonly Capability[],
  refuse: (message: string) => PlanError,
): ParquetEngine {
  const impossible = wanted.find((capability) => enginesWith(capability).length === 0);
  if (impossible !== undefined) throw refuse(`no engine can do ${impossible}. Leave out that option.`);
  if (named !== undefined) {
    const [first] = missing(named, wanted);
    if (first === undefined) return named;
    throw refuse(
      `the engine ${named} cannot do ${first}; ${listOf(enginesWith(first))} can. Name another engine or none, ` +
        'or leave out that option.',
    );
  }
  const able = automaticEngines.find((engine) => missing(engine, wanted).length === 0);
  if (able !== undefined) return able;
  const [beyondFirst, beyondSecond] = automaticEngines.map((engine) => missing(engine, wanted)[0]);
  throw refuse(
    `no engine does all that is asked: ${automaticEngines[0]} cannot do ${beyondFirst}, ${automaticEngines[1]} ` +
      `cannot do ${beyondSecond}. Leave out one of the two.`,
  );
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
