// Owns reading with parquet-wasm, the Rust implementation of Arrow and Parquet.
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';
import { arrowCells } from './arrow-cells.js';
import type { Reader } from './reader.js';

export const parquetWasmReader: Reader = {
  name: 'parquet-wasm',
  read({ bytes }, table) {
    return arrowCells(tableFromIPC(readParquet(bytes).intoIPCStream()), table);
  },
};
