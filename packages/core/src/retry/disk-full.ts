// Owns how long an output waits for room on a full disk: a pure decision. Such tries are not charged to its retry policy.
import { isDiskFull } from '../errors/errno.js';
import type { PlainError } from '../errors/plain-error.js';

/** A wait for room that has begun. */
export interface Pause {
  /** When the disk was first found full, in milliseconds of the pool's clock. */
  readonly since: number;
  /** Times it was found full, one after the other. */
  readonly tries: number;
}

export type PauseDecision =
  | { readonly wait: true; readonly pause: Pause; readonly delayMs: number }
  | { readonly wait: false; readonly error: PlainError };

export interface DiskFullSettings {
  readonly onDiskFull: 'fail' | 'wait';
  /** Milliseconds to wait for room at most; 0 for no limit. */
  readonly diskFullTimeoutMs: number;
}

const firstDelayMs = 250;
const longestDelayMs = 10_000;

/** What a failure means for who waits for room; undefined when it is none of a full disk, or full disks fail. */
export function decidePause(
  settings: DiskFullSettings,
  error: PlainError,
  pause: Pause | undefined,
  now: number,
): PauseDecision | undefined {
  if (settings.onDiskFull !== 'wait' || !isDiskFull(error.context.errno)) return undefined;
  const { since, tries } = pause ?? { since: now, tries: 0 };
  const { diskFullTimeoutMs: limitMs } = settings;
  const leftMs = limitMs === 0 ? Number.POSITIVE_INFINITY : limitMs - (now - since);
  if (leftMs <= 0) return { wait: false, error: waitedTooLong(error, now - since, limitMs) };
  // Beyond 2^6 every delay has met its bound.
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(tries, 6), leftMs);
  return { wait: true, pause: { since, tries: tries + 1 }, delayMs };
}

function waitedTooLong(error: PlainError, waitedMs: number, limitMs: number): PlainError {
  const why = `No room has appeared for ${Math.round(waitedMs)} ms (diskFullTimeoutMs: ${limitMs})`;
  return {
    ...error,
    message: `${error.message} ${why}. Raise diskFullTimeoutMs to wait longer.`,
    context: { ...error.context, waitedMs: Math.round(waitedMs), diskFullTimeoutMs: limitMs },
    causes: [...error.causes, why],
  };
}
