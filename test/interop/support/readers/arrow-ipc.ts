// Owns reading Arrow IPC with polars and with arrow-rs, which share no code with the writer; both hand it on as Arrow.
import { tableFromIPC } from 'apache-arrow';
import pl from 'nodejs-polars';
import { Table as WasmTable } from 'parquet-wasm';
import { arrowCells } from './arrow-cells.js';
import type { Reader } from './reader.js';

export const apacheArrow: Reader = {
  name: 'apache-arrow',
  read: ({ bytes }, table) => arrowCells(tableFromIPC(bytes), table),
};

export const polarsFile: Reader = {
  name: 'polars',
  read: ({ bytes }, table) => arrowCells(tableFromIPC(pl.readIPC(bytes).writeIPCStream()), table),
};

export const polarsStream: Reader = {
  name: 'polars',
  read: ({ bytes }, table) => arrowCells(tableFromIPC(pl.readIPCStream(bytes).writeIPCStream()), table),
};

/** It reads streams alone; one lies within every file, behind the magic bytes and their padding. */
export const arrowRs: Reader = {
  name: 'arrow-rs',
  read({ bytes }, table) {
    const stream = bytes.subarray(0, 6).toString('latin1') === 'ARROW1' ? bytes.subarray(8) : bytes;
    return arrowCells(tableFromIPC(WasmTable.fromIPCStream(stream).intoIPCStream()), table);
  },
};
