// Owns what an encoder of rows knows of a column: the function that writes a cell, and the room that takes.
import { overrun, type TextTarget } from './text-target.js';

/** Writes the cell of a row, with what stands before it; returns where it ends. There is room for what the column asks. */
export type Cell = (out: TextTarget, at: number, row: number) => number;

/** How one column of one batch is written. */
export interface ColumnText {
  readonly write: Cell;
  /** Bytes that no cell of the rows from `from` up to `to` exceeds, overrun included. Quick: it reads no values. */
  widest(from: number, to: number): number;
  /** Bytes of one cell, overrun included: for rows that `widest` has too much for. Reads the value. */
  bytes(row: number): number;
}

/** A column whose cells all fit into few bytes. */
export function narrowColumn(most: number, write: Cell): ColumnText {
  const widest = (): number => most + overrun;
  return { write, widest, bytes: widest };
}
