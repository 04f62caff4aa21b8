// Owns the table of types by formats: what stands for each in files, or why it is refused. The guide of types is made of it.
import { arrowTypes } from './arrow-types.js';
import { csvTypes } from './csv-types.js';
import type { TypeMappings } from './mapping.js';
import { msgpackTypes } from './msgpack-types.js';
import { ndjsonTypes } from './ndjson-types.js';
import { parquetLiteTypes } from './parquet-lite-types.js';
import { parquetPolarsTypes } from './parquet-polars-types.js';
import { parquetTypes, parquetWasmTypes } from './parquet-types.js';

export const typeTable = {
  'parquet (tailrace)': parquetTypes,
  'parquet (parquet-wasm)': parquetWasmTypes,
  'parquet (parquetjs-lite)': parquetLiteTypes,
  'parquet (polars)': parquetPolarsTypes,
  arrow: arrowTypes,
  msgpack: msgpackTypes,
  ndjson: ndjsonTypes,
  csv: csvTypes,
} as const satisfies Readonly<Record<string, TypeMappings>>;

/** A format, and of Parquet the engine. */
export type FormatName = keyof typeof typeTable;
