// Owns the names of the engines that write Parquet files; which of them writes is named in the manifest.

export const engines = ['tailrace', 'parquet-wasm', 'parquetjs-lite', 'polars'] as const;

/**
 * `tailrace`: the encoder of this package. `parquet-wasm`: that of the Rust library parquet, compiled to WebAssembly.
 * `parquetjs-lite`: JavaScript alone, slow. `polars`: native, holds a part in memory; nodejs-polars must be installed.
 */
export type ParquetEngine = (typeof engines)[number];

/** Names of the format in manifests, by engine. */
export const formatNames: Readonly<Record<ParquetEngine, string>> = {
  tailrace: 'parquet (tailrace)',
  'parquet-wasm': 'parquet (parquet-wasm)',
  'parquetjs-lite': 'parquet (parquetjs-lite)',
  polars: 'parquet (polars)',
};

/** Those that may be chosen where none is named, the first that can do all first. */
export const automaticEngines: readonly ParquetEngine[] = ['tailrace', 'parquet-wasm'];
