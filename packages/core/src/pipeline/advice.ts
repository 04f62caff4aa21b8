// Owns the one line of advice that is drawn from the times of a run. Pure. It says nothing that the times do not show.

/**
 * What held a run up: `retries` what failed and was made again; `read-bound` its sources; `compute-bound` its stages;
 * `write-bound` its writers; `balanced` none of them alone. `not-worth-it`: there was hardly any writing. `inline`: it had no
 * workers. `too-short` and `unfinished`: its times tell nothing.
 */
export type AdviceKind =
  | 'retries'
  | 'read-bound'
  | 'compute-bound'
  | 'write-bound'
  | 'balanced'
  | 'not-worth-it'
  | 'inline'
  | 'too-short'
  | 'unfinished';

/** What measured times suggest for the next run. */
export interface Advice {
  readonly kind: AdviceKind;
  /** One sentence for a person. */
  readonly text: string;
}

/** Times are in milliseconds, as in the report. */
export interface ReportNumbers {
  readonly state: 'completed' | 'failed' | 'cancelled';
  readonly elapsedMs: number;
  readonly computeMs: number;
  readonly readMs: number;
  readonly writeMs: number;
  readonly blockedMs: number;
  /** Sources waited for a stage that takes rows at its own pace. */
  readonly heldUpMs: number;
  readonly tailMs: number;
  readonly workers: number;
  /** Cores of the machine. */
  readonly cores: number;
  /** Most writes that were begun and not prepared at one time. */
  readonly writesAtOnce: number;
  /** From the first attempt at a write to the begin of its last one, of the output that took most of it. */
  readonly retriedMs: number;
  /** Attempts that ended with their worker. */
  readonly lostAttempts: number;
}

/** Below this, a run has mostly begun and ended. */
const shortMs = 1_000;

/** Share of the writing that was hidden behind reading and computing: what did not make the main thread wait. */
export function hiddenShareOf({
  writeMs,
  blockedMs,
  tailMs,
  workers,
}: Pick<ReportNumbers, 'writeMs' | 'blockedMs' | 'tailMs' | 'workers'>): number {
  if (workers === 0 || writeMs <= 0) return 0;
  return Math.min(1, Math.max(0, 1 - (blockedMs + tailMs) / writeMs));
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** One line of advice from measured times. */
export function adviceOf(numbers: ReportNumbers): Advice {
  const { state, elapsedMs, computeMs, writeMs, heldUpMs, workers } = numbers;
  if (state !== 'completed') {
    const what = state === 'failed' ? 'failed' : 'was cancelled';
    return {
      kind: 'unfinished',
      text: `The run ${what} after ${seconds(elapsedMs)}: its times give no advice.`,
    };
  }
  if (numbers.retriedMs > 0.2 * elapsedMs) return ofRetries(numbers);
  if (elapsedMs < shortMs) {
    return {
      kind: 'too-short',
      text: `The run took ${seconds(elapsedMs)}: too short to say what it waited for.`,
    };
  }
  if (workers === 0) return ofOneThread(numbers);
  // Several sources may be waited for at once, and while stages work on the rows of others.
  const readMs = Math.min(numbers.readMs, Math.max(0, elapsedMs - computeMs));
  const waitedMs = Math.min(numbers.blockedMs + numbers.tailMs, elapsedMs);
  const most = Math.max(readMs, computeMs, heldUpMs, waitedMs);
  if (most === readMs && readMs > 0.2 * elapsedMs) {
    return {
      kind: 'read-bound',
      text: `Read-bound: sources were waited for, or decoded, for ${seconds(readMs)} of ${seconds(elapsedMs)}; only faster reading makes this run much shorter.`,
    };
  }
  if (waitedMs > 0.2 * elapsedMs) return ofWriting(numbers, waitedMs);
  if (most === heldUpMs && heldUpMs > 0.2 * elapsedMs) {
    return {
      kind: 'compute-bound',
      text: `Held up by a stage: sources waited ${seconds(heldUpMs)} of ${seconds(elapsedMs)} for one that takes rows at its own pace.`,
    };
  }
  if (writeMs < 0.05 * elapsedMs) {
    return {
      kind: 'not-worth-it',
      text: `Writing took ${seconds(writeMs)} of ${seconds(elapsedMs)}: background writing hardly matters for this run.`,
    };
  }
  const both = `${seconds(computeMs)} of computing and ${seconds(readMs)} of reading`;
  if (waitedMs > 0.05 * elapsedMs || computeMs < 0.5 * elapsedMs) {
    const hidden = `${Math.round(hiddenShareOf(numbers) * 100)} %`;
    return { kind: 'balanced', text: `Balanced: ${both} hid ${hidden} of ${seconds(writeMs)} of writing.` };
  }
  const reading = readMs > 0.1 * elapsedMs ? ` or sources (${seconds(readMs)})` : '';
  return {
    kind: 'compute-bound',
    text: `Compute-bound: writing is hidden; only faster stages (${seconds(computeMs)})${reading} make this run shorter.`,
  };
}

function ofRetries({ retriedMs, elapsedMs, lostAttempts }: ReportNumbers): Advice {
  const lost =
    lostAttempts === 0
      ? ''
      : `; ${lostAttempts === 1 ? '1 attempt' : `${lostAttempts} attempts`} ended with the worker, which had to be replaced`;
  return {
    kind: 'retries',
    text: `Trying again took ${seconds(retriedMs)} of ${seconds(elapsedMs)}${lost}: what failed is to be mended first.`,
  };
}

function ofOneThread({ elapsedMs, computeMs, readMs, writeMs }: ReportNumbers): Advice {
  // Writing beside the rest takes as long as the longer of both.
  const possible = Math.min(writeMs, computeMs + readMs);
  return {
    kind: 'inline',
    text: `Everything ran on the main thread; workers could hide up to ${seconds(possible)} of ${seconds(elapsedMs)}.`,
  };
}

function ofWriting({ workers, cores, writesAtOnce }: ReportNumbers, waitedMs: number): Advice {
  const less = 'write less: a cheaper codec, fewer partitions or columns';
  const more =
    writesAtOnce <= workers
      ? `${less} (another worker would have had nothing to do: at most ${writesAtOnce === 1 ? '1 write was' : `${writesAtOnce} writes were`} under way at once)`
      : workers < cores
        ? `add a worker (now ${workers} on ${cores} cores)`
        : less;
  return {
    kind: 'write-bound',
    text: `Write-bound: the stages waited ${seconds(waitedMs)} for writers; ${more}.`,
  };
}
