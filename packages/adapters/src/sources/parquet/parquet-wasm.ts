// Owns the loading of parquet-wasm and the calls made of it: synchronous ones only (see footer.ts for why).
import { createRequire } from 'node:module';
import { type Schema as ArrowSchema, type RecordBatch, tableFromIPC } from 'apache-arrow';

type ParquetWasm = typeof import('parquet-wasm');

let loaded: ParquetWasm | undefined;

/**
 * An instance of its own: one that a damaged file has broken is thrown away, which must not take the writer of this thread
 * with it, nor be taken from there. Compiling it takes about 50 ms and 5 MB, so it is done at the first use.
 */
function load(): ParquetWasm {
  const require = createRequire(import.meta.url);
  const path = require.resolve('parquet-wasm');
  const others = require.cache[path];
  delete require.cache[path];
  try {
    // parquet-wasm's build for Node is CommonJS, and has the types of the entry.
    return require(path) as ParquetWasm;
  } finally {
    delete require.cache[path];
    if (others !== undefined) require.cache[path] = others;
  }
}

/** What a call of the decoder throws when the file makes it give up in the midst of its work. */
export class DecoderFailure extends Error {
  override readonly name = 'DecoderFailure';
}

/**
 * Calls the decoder. A panic of Rust is a trap in WebAssembly: nothing was unwound, so its stack and heap stay as they were,
 * and the instance is not used again. The same holds when its stack was too small.
 */
function calling<T>(work: (wasm: ParquetWasm) => T): T {
  loaded ??= load();
  try {
    return work(loaded);
  } catch (error) {
    if (!isTrap(error)) throw error;
    loaded = undefined;
    throw new DecoderFailure('the decoder gave up on it', { cause: error });
  }
}

function isTrap(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RuntimeError' || error instanceof RangeError);
}

/** The schema of a file image. Throws what parquet-wasm or apache-arrow throws, or a DecoderFailure. */
export function readArrowSchema(image: Uint8Array): ArrowSchema {
  return tableFromIPC(calling((wasm) => wasm.readSchema(image).intoIPCStream())).schema;
}

/**
 * All rows of a file image, in batches of `batchRows`. Blocks; the memory of the module is free again afterwards. Throws as
 * `readArrowSchema`.
 */
export function readArrowBatches(image: Uint8Array, batchRows: number): readonly RecordBatch[] {
  // intoIPCStream consumes the table, which frees it in the module.
  const stream = calling((wasm) => wasm.readParquet(image, { batchSize: batchRows }).intoIPCStream());
  return tableFromIPC(stream).batches;
}
