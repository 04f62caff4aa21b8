// Owns what a loop over rows knows of a column: how a cell is written, and the room that takes.
import { overrun, type TextTarget } from './text-target.js';

/**
 * Writes the value of a row; returns where it ends. A function of a module, the same for all batches, with what differs in
 * `data`: so the engine knows it when it compiles the loop over rows.
 */
export type PutCell<Data> = (out: TextTarget, at: number, row: number, data: Data) => number;

/** How one column of one batch is written. */
export interface ColumnText {
  /** Stands before every value: delimiter, key, opening quote. */
  readonly lead: Uint8Array;
  readonly put: PutCell<unknown>;
  readonly data: unknown;
  /** One bit per row, or null when this batch has no nulls. */
  readonly validity: Uint8Array | null;
  /** Stands for null, with what stands before it; null where the schema has none. */
  readonly nullText: Uint8Array | null;
  /** Bytes that no cell of the rows from `from` up to `to` exceeds, overrun included. Quick: it reads no values. */
  widest(from: number, to: number): number;
  /** Bytes of one cell, overrun included: for rows that `widest` has too much for. Reads the value. */
  bytes(row: number): number;
}

/** The value of a column: all but what nulls are about. */
export type ValueText = Omit<ColumnText, 'validity' | 'nullText'>;

/** Room for the values of a column, without lead and overrun. */
export interface Room {
  widest(from: number, to: number): number;
  bytes(row: number): number;
}

export function valueText<Data>(
  lead: Uint8Array,
  room: number | Room,
  put: PutCell<Data>,
  data: Data,
): ValueText {
  const around = lead.length + overrun;
  return {
    lead,
    // `put` is only ever called with this column's own data.
    put: put as PutCell<unknown>,
    data,
    widest: typeof room === 'number' ? () => room + around : (from, to) => room.widest(from, to) + around,
    bytes: typeof room === 'number' ? () => room + around : (row) => room.bytes(row) + around,
  };
}
