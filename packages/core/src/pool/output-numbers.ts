// Owns the counters of one output.

/** Counters for reports and `stats()`; milliseconds are of the pool's clock. */
export interface OutputNumbers {
  rows: number;
  batches: number;
  attempts: number;
  writes: number;
  submittedAt: number;
  firstAttemptAt: number | undefined;
  settledAt: number | undefined;
  /** Time in the sink's own calls, summed over attempts. */
  busyMs: number;
  commitMs: number;
  peakHeldBytes: number;
}

export function createNumbers(submittedAt: number): OutputNumbers {
  return {
    rows: 0,
    batches: 0,
    attempts: 0,
    writes: 0,
    submittedAt,
    firstAttemptAt: undefined,
    settledAt: undefined,
    busyMs: 0,
    commitMs: 0,
    peakHeldBytes: 0,
  };
}
