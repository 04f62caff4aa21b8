// Owns which engine writes a Parquet file: the choice is made here alone, before a run, and named in the manifest.
import { isOwn, type ParquetCompression } from './compression.js';

export const engines = ['tailrace', 'parquet-wasm'] as const;

/** `tailrace`: the encoder of this package. `parquet-wasm`: that of the Rust library parquet, compiled to WebAssembly. */
export type ParquetEngine = (typeof engines)[number];

/** Names of the format in manifests, by engine. */
export const ownName = 'parquet (tailrace)';
export const wasmName = 'parquet (parquet-wasm)';

const defaultEngine: ParquetEngine = 'tailrace';

export function hasCodec(engine: ParquetEngine, compression: ParquetCompression): boolean {
  return engine === 'parquet-wasm' || isOwn(compression);
}

/** The engine for a file whose declaration names none. */
export function engineFor(compression: ParquetCompression): ParquetEngine {
  return hasCodec(defaultEngine, compression) ? defaultEngine : 'parquet-wasm';
}
