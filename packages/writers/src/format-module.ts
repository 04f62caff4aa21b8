// Owns where the worker module of each format lies: the same from source under test and from the built package.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type ModuleRef, moduleRef } from '@tailrace/core/sink';

const { resolve } = createRequire(import.meta.url);

/** Names in `imports` of package.json, which point into dist in both cases. */
export type FormatSpecifier =
  | '#parquet-format'
  | '#parquet-wasm-format'
  | '#parquetjs-lite-format'
  | '#polars-format'
  | '#csv-format'
  | '#ndjson-format'
  | '#arrow-format'
  | '#msgpack-format';

export function formatModule<Options>(
  what: string,
  specifier: FormatSpecifier,
  options: Options,
): ModuleRef<Options> {
  return moduleRef(what, pathToFileURL(resolve(specifier)), options);
}
