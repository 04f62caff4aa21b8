// Owns reading with polars, handed over as Arrow.
import { tableFromIPC } from 'apache-arrow';
import pl from 'nodejs-polars';
import { arrowCells } from './arrow-cells.js';
import type { Reader } from './reader.js';

export const polarsReader: Reader = {
  name: 'polars',
  read({ bytes }, table) {
    return arrowCells(tableFromIPC(pl.readParquet(bytes).writeIPCStream()), table);
  },
};
