// Owns the numbers of one output, while it runs and when it has ended.
import type { OpenOutput, OutputEnd } from './open-output.js';

/** The lifecycle of an output. `done` means committed: durable and visible. */
export type OutputState = 'queued' | 'active' | 'done' | 'failed' | 'cancelled';

/** What became of one output: plain data. */
export interface OutputReport {
  readonly name: string;
  /** The path or URL it was written to, without secrets. */
  readonly target: string;
  readonly state: OutputState;
  /** The target existed and the mode was `ignore`: nothing was written. */
  readonly skipped: boolean;
  /** An earlier run of the same job has published it: nothing was written, and the numbers are of that. */
  readonly kept: boolean;
  /** Rows that entered the output; when it is `done`, all of them are written. */
  readonly rows: number;
  /** Rows that its stage refused beside them (`onBadRow`): those that came are both together. */
  readonly rejected: number;
  /** Encoded bytes on the store. */
  readonly bytes: number;
  readonly files: number;
  /** Writes it was cut into. */
  readonly writes: number;
  /** Tries at those writes, the first ones included. */
  readonly attempts: number;
  /** From declaration to the first attempt, in milliseconds. */
  readonly queuedMs: number;
  /**
   * Its share of the workers' time at work, in milliseconds: their total, divided among outputs by the time spent in
   * each one's sink.
   */
  readonly writeMs: number;
  /** Time its commit took, in milliseconds. */
  readonly commitMs: number;
  /** From declaration to the end, in milliseconds. */
  readonly elapsedMs: number;
  /** Most bytes of batches held for it at once. */
  readonly peakHeldBytes: number;
  /** What a person should know though nothing has failed: of file systems that cannot be relied on, of what was left. */
  readonly notes?: readonly string[];
  /** What it failed of; absent when it is `done`. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** @param workShare milliseconds of work per millisecond in a sink: attempts that share a thread wait for each other */
export function reportOf(end: OutputEnd, workShare = 1): OutputReport {
  const { record, error } = end;
  const {
    numbers,
    preparedWrites: { bytes, files },
  } = record;
  const settledAt = numbers.settledAt ?? numbers.submittedAt;
  return {
    name: record.name,
    target: record.sink.target,
    state: end.state,
    skipped: end.skipped,
    kept: false,
    rows: numbers.rows,
    rejected: numbers.rejected ?? 0,
    bytes,
    files,
    writes: numbers.writes,
    attempts: numbers.attempts,
    queuedMs: (numbers.firstAttemptAt ?? settledAt) - numbers.submittedAt,
    writeMs: numbers.busyMs * workShare,
    commitMs: numbers.commitMs,
    elapsedMs: settledAt - numbers.submittedAt,
    peakHeldBytes: numbers.peakHeldBytes,
    ...(end.notes.length === 0 ? {} : { notes: end.notes }),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  };
}

/** An output under way, for progress displays. */
export interface OutputProgress {
  readonly name: string;
  readonly state: OutputState;
  /** An earlier run of its job has published it: its rows, bytes and files are not this run's. */
  readonly kept?: true;
  /** Rows that have entered it. */
  readonly rows: number;
  /** Rows that its stage has refused so far. */
  readonly rejected: number;
  /** Bytes of batches held for it now. */
  readonly heldBytes: number;
  /** Milliseconds that its writers have been at work so far, in the sink's own calls, failed attempts included. */
  readonly busyMs: number;
  /** Encoded bytes of writes that are prepared. */
  readonly bytesWritten: number;
  /** Files of writes that are prepared. */
  readonly files: number;
  /** Writes by state. */
  readonly writes: WriteCounts;
}

/** How many writes of an output are in which state. */
export interface WriteCounts {
  readonly queued: number;
  readonly active: number;
  readonly retrying: number;
  /** Waiting for room on a full disk. */
  readonly paused: number;
  readonly prepared: number;
  readonly failed: number;
}

function countWrites(open: OpenOutput): WriteCounts {
  const counts = {
    queued: 0,
    active: 0,
    retrying: 0,
    paused: 0,
    prepared: open.record.preparedWrites.size,
    failed: 0,
  };
  const snapshot = open.snapshot();
  counts.failed = snapshot?.context.failed ?? 0;
  for (const child of Object.values(snapshot?.children ?? {})) {
    const state: unknown = child?.getSnapshot();
    if (typeof state !== 'object' || state === null || !('value' in state)) continue;
    if (state.value === 'retrying') counts.retrying += 1;
    else if (state.value === 'paused') counts.paused += 1;
    else if (state.value === 'cancelling' || typeof state.value === 'object') counts.active += 1;
  }
  // Those without an actor are queued too.
  counts.queued = Math.max(
    0,
    open.record.writes.size - counts.active - counts.retrying - counts.paused - counts.failed,
  );
  return counts;
}

export function stateOf(open: OpenOutput): OutputState {
  const snapshot = open.snapshot();
  if (snapshot === undefined || snapshot.matches('queued')) return 'queued';
  if (snapshot.matches('done')) return 'done';
  if (snapshot.matches('failed')) return 'failed';
  if (snapshot.matches('cancelled')) return 'cancelled';
  return 'active';
}

export function progressOf(open: OpenOutput): OutputProgress {
  const { record } = open;
  return {
    name: record.name,
    state: stateOf(open),
    rows: record.numbers.rows,
    rejected: record.numbers.rejected ?? 0,
    heldBytes: record.heldBytes(),
    busyMs: record.numbers.busyMs,
    bytesWritten: record.preparedWrites.bytes,
    files: record.preparedWrites.files,
    writes: countWrites(open),
  };
}
