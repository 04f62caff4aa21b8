// Owns the loading of parquet-wasm and the calls made of it: synchronous ones only (see footer.ts for why).
import { createRequire } from 'node:module';
import { type Schema as ArrowSchema, type RecordBatch, tableFromIPC } from 'apache-arrow';

type ParquetWasm = typeof import('parquet-wasm');

let loaded: ParquetWasm | undefined;

/** Compiling the module takes about 50 ms and 5 MB, so it is done at the first use. */
function parquetWasm(): ParquetWasm {
  // parquet-wasm's build for Node is CommonJS, and has the types of the entry.
  loaded ??= createRequire(import.meta.url)('parquet-wasm') as ParquetWasm;
  return loaded;
}

/** The schema of a file image. Throws what parquet-wasm or apache-arrow throws. */
export function readArrowSchema(image: Uint8Array): ArrowSchema {
  return tableFromIPC(parquetWasm().readSchema(image).intoIPCStream()).schema;
}

/** All rows of a file image, in batches of `batchRows`. Blocks; the memory of the module is free again afterwards. */
export function readArrowBatches(image: Uint8Array, batchRows: number): readonly RecordBatch[] {
  // intoIPCStream consumes the table, which frees it in the module.
  return tableFromIPC(parquetWasm().readParquet(image, { batchSize: batchRows }).intoIPCStream()).batches;
}
