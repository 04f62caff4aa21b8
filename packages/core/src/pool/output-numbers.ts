// Owns the counters of one output.

/** Counters for reports and `stats()`; milliseconds are of the pool's clock. */
export interface OutputNumbers {
  rows: number;
  /** Of the content of its batches, not of the buffers that they are views of. */
  bytes: number;
  /** Rows that its stage refused; undefined when none may be. */
  rejected: number | undefined;
  /** Rows that came to its stage; undefined until all have, and where nobody counts them. */
  came: number | undefined;
  batches: number;
  attempts: number;
  writes: number;
  submittedAt: number;
  firstAttemptAt: number | undefined;
  settledAt: number | undefined;
  /** Time in the sink's own calls, summed over attempts; of one under way, that of the batches it has taken. */
  busyMs: number;
  commitMs: number;
  peakHeldBytes: number;
}

export function createNumbers(submittedAt: number): OutputNumbers {
  return {
    rows: 0,
    bytes: 0,
    rejected: undefined,
    came: undefined,
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
