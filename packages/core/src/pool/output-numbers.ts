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
  /** Time in which some write had failed and was not being tried for the last time yet: lost work, backoff, a new worker. */
  retriedMs: number;
  /** Until when that is counted; of the pool's clock. */
  retriedUntil: number;
  /** When the last attempt at each write that is not prepared began; of the pool's clock. */
  readonly begunAt: Map<number, number>;
  /** Attempts that ended with their worker. */
  lostAttempts: number;
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
    retriedMs: 0,
    retriedUntil: submittedAt,
    begunAt: new Map(),
    lostAttempts: 0,
    commitMs: 0,
    peakHeldBytes: 0,
  };
}

/**
 * Counts an attempt that begins. Where there was one at the same write before, that was for nothing; writes that are tried again
 * at once count once.
 */
export function countBegun(numbers: OutputNumbers, write: number | undefined, now: number): void {
  numbers.attempts += 1;
  numbers.firstAttemptAt ??= now;
  if (write === undefined) return;
  const from = numbers.begunAt.get(write);
  numbers.begunAt.set(write, now);
  if (from === undefined) return;
  numbers.retriedMs += Math.max(0, now - Math.max(from, numbers.retriedUntil));
  numbers.retriedUntil = Math.max(now, numbers.retriedUntil);
}

/** Counts an attempt that has ended. */
export function countEnded(numbers: OutputNumbers, write: number, outcome: string): void {
  if (outcome === 'lost') numbers.lostAttempts += 1;
  if (outcome === 'prepared') numbers.begunAt.delete(write);
}

/** Writes of all outputs that are begun and not prepared. */
export const unpreparedOf = (
  records: ReadonlyMap<string, { readonly writes: ReadonlyMap<string, unknown> }>,
): number => Array.from(records.values()).reduce((sum, { writes }) => sum + writes.size, 0);
