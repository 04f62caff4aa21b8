// Owns where an output is cut into writes: by rows and bytes alone, never by timing, so that a rerun cuts the same.

export interface CutOptions {
  /** Rows after which a write is sealed. */
  readonly rows: number;
  /** Bytes in memory after which a write is sealed. */
  readonly bytes: number;
  /** The whole output is one write. */
  readonly single: boolean;
}

export interface Cutter {
  /** Counts a batch into the current write; true when the write is full with it. */
  take(rows: number, bytes: number): boolean;
}

export function createCutter(options: CutOptions): Cutter {
  let rows = 0;
  let bytes = 0;
  return {
    take(batchRows, batchBytes) {
      if (options.single) return false;
      rows += batchRows;
      bytes += batchBytes;
      if (rows < options.rows && bytes < options.bytes) return false;
      rows = 0;
      bytes = 0;
      return true;
    },
  };
}
