// Owns which engine writes a Parquet file: the choice is made here alone, before a run, and named in the manifest.
import type { ParquetCompression } from './compression.js';

export const engines = ['tailrace', 'parquet-wasm'] as const;

/** `tailrace`: the encoder of this package. `parquet-wasm`: that of the Rust library parquet, compiled to WebAssembly. */
export type ParquetEngine = (typeof engines)[number];

const defaultEngine: ParquetEngine = 'tailrace';

/** Codecs that the engine `tailrace` lacks. */
const foreignCodecs: readonly ParquetCompression[] = ['lz4_raw'];

export function hasCodec(engine: ParquetEngine, compression: ParquetCompression): boolean {
  return engine === 'parquet-wasm' || !foreignCodecs.includes(compression);
}

/** The engine for a file whose declaration names none. */
export function engineFor(compression: ParquetCompression): ParquetEngine {
  return hasCodec(defaultEngine, compression) ? defaultEngine : 'parquet-wasm';
}
