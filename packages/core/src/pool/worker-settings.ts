// Owns the defaults and checks of what a caller may say about workers, and about trying again, for a pool or a run.
import { totalmem } from 'node:os';
import { parseBytes } from '../budget/parse-bytes.js';
import { checkKinds, shownOption } from '../errors/check-options.js';
import { PlanError } from '../errors/named-errors.js';
import { type RetryBudgetOptions, type RetryLimits, retryLimits } from '../retry/budget.js';

/** What may be said of a pool's workers, wherever it is made. */
export interface WorkerOptions {
  /** Attempts that may be open in one worker at once. Default 16. */
  readonly openPerWorker?: number | undefined;
  /**
   * Milliseconds an attempt has to answer a cancel before its worker is ended, and a worker to end before it is abandoned.
   * Default 5,000.
   */
  readonly graceMs?: number | undefined;
  /**
   * Milliseconds a worker thread with something to do may give no sign of life, because of a loop that never ends or a call
   * that blocks it, before it is ended and its writes are tried again elsewhere; 0 for no limit. Default 60,000.
   */
  readonly unresponsiveMs?: number | undefined;
  /**
   * Bytes a worker thread may hold in buffers and WebAssembly, outside of JavaScript's heap, such as `'2GiB'`; above, it is
   * ended as if it had run out of memory. It is looked at after every batch. Default half of what the machine has.
   */
  readonly workerMemory?: string | number | undefined;
  /** Times a worker is started again before its place is dead. Default 8. */
  readonly maxRestarts?: number | undefined;
  /**
   * Retries that all outputs may have together, besides what their policies and their own budgets allow: 100, or one for
   * every five writes. Then failures are final.
   */
  readonly retryBudget?: RetryBudgetOptions | undefined;
}

export interface WorkerSettings {
  readonly openPerWorker: number;
  readonly graceMs: number;
  readonly unresponsiveMs: number;
  readonly workerMemoryBytes: number;
  readonly maxRestarts: number;
  readonly retryLimits: RetryLimits;
  readonly bootTimeoutMs: number;
}

/** Throws a PlanError for what cannot work. */
export function workerSettings(options: WorkerOptions): WorkerSettings {
  checkKinds(
    'Pool',
    options,
    { openPerWorker: 'count', graceMs: 'ms', maxRestarts: 'whole', retryBudget: 'object' },
    'set up pool',
  );
  const { unresponsiveMs = 60_000, workerMemory } = options;
  if (!Number.isFinite(unresponsiveMs) || unresponsiveMs < 0) {
    throw new PlanError(`unresponsiveMs must be 0 (no limit) or more, not ${shownOption(unresponsiveMs)}.`, {
      operation: 'set up pool',
    });
  }
  return {
    openPerWorker: options.openPerWorker ?? 16,
    graceMs: options.graceMs ?? 5_000,
    unresponsiveMs,
    workerMemoryBytes: workerMemory === undefined ? halfOfMemory() : parseBytes(workerMemory, 'workerMemory'),
    maxRestarts: options.maxRestarts ?? 8,
    retryLimits: retryLimits(options.retryBudget, { minRetries: 100 }),
    bootTimeoutMs: 30_000,
  };
}

/** Of the machine, or of the container: beyond, the system would end the whole process without a word. */
function halfOfMemory(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  return Math.floor(Math.min(total, constrained !== undefined && constrained > 0 ? constrained : total) / 2);
}
