// Owns what the process of `overhead` is asked for.

export type Task =
  /** Compute-bound rows, added up; a table of 24 rows is written. With RxJS alone, then with Tailrace. */
  | {
      readonly kind: 'rxjs' | 'tailrace';
      readonly rows: number;
      readonly work: number;
      readonly folder: string;
    }
  /** The same, and all rows go to a sink that counts them. */
  | {
      readonly kind: 'written';
      readonly rows: number;
      readonly work: number;
      readonly folder: string;
      readonly inspected: boolean;
    }
  /** Rows to a sink that counts them, in batches and writes of so many. */
  | { readonly kind: 'rows'; readonly rows: number; readonly batchRows: number; readonly writeRows: number }
  /** The rows with RxJS alone, counted. */
  | { readonly kind: 'plain rows'; readonly rows: number }
  /** A dataset of a few rows, submitted so many times. */
  | { readonly kind: 'submissions'; readonly outputs: number };

/** Figures of every task. */
export const mainThread = 'main thread';
export const inspections = 'inspection events';
