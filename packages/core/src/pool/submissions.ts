// Owns the queue of submitted outputs: how many may be alive at once, who waits, who has ended, and what failed.
import { CancelledError } from '../errors/named-errors.js';
import { TailraceError, toTailraceError } from '../errors/tailrace-error.js';
import type { OutputHandle } from './contract.js';
import { type Deferred, deferred } from './deferred.js';
import { createFifo } from './fifo.js';
import { errorOf, type OpenOutput } from './open-output.js';
import { type OutputReport, type OutputState, reportOf, stateOf } from './output-report.js';

/** Outputs that are actors at once; the rest wait as plain records. */
const maxLive = 64;

interface Submission {
  readonly name: string;
  readonly done: Deferred<OutputReport>;
  readonly start: () => OpenOutput;
  /** Lets go of what it was to write. */
  readonly dispose: () => void;
  /** Set once it has left the queue. */
  open: OpenOutput | undefined;
  ended: OutputState | undefined;
  /** Leaves the queue. */
  leave: () => void;
}

export interface Submissions {
  /**
   * Queues an output. `start` is called when there is room, at once when `now` is set; `dispose` once, when it has ended.
   * Throws CLOSED after `close`.
   */
  add(
    name: string,
    start: () => OpenOutput,
    options: { readonly now: boolean; dispose(): void },
  ): OutputHandle;
  /** Takes no more. */
  close(): void;
  /** Cancels what has not been started. */
  cancelWaiting(reason: string): void;
  /** Cancels what is alive. */
  cancelLive(reason: string): void;
  /** Resolves when nothing waits and nothing is alive. */
  allEnded(): Promise<void>;
  /** What has not ended, as `name (state)`. */
  unfinished(): string[];
  readonly waiting: number;
  readonly added: number;
  readonly done: number;
  readonly failed: number;
  /** Of the outputs that failed or were cancelled, the first hundred: a pool that is kept may run for months. */
  readonly failures: readonly TailraceError[];
}

const maxFailures = 100;

export function createSubmissions(): Submissions {
  const live = new Set<Submission>();
  const waiting = createFifo<Submission>();
  const failures: TailraceError[] = [];
  let added = 0;
  let done = 0;
  let failed = 0;
  let closed = false;
  let starting = false;
  let idle: Deferred<void> | undefined;

  const end = (submission: Submission, state: OutputState, result: OutputReport | TailraceError): void => {
    submission.ended = state;
    // A handle may be kept long after its output.
    submission.open = undefined;
    live.delete(submission);
    submission.dispose();
    if (result instanceof Error) {
      failed += 1;
      if (failures.length < maxFailures) failures.push(result);
      submission.done.reject(result);
    } else {
      done += 1;
      submission.done.resolve(result);
    }
    startWaiting();
    if (live.size === 0 && waiting.size === 0) idle?.resolve();
  };
  const start = (submission: Submission): void => {
    live.add(submission);
    let open: OpenOutput;
    try {
      open = submission.start();
    } catch (error) {
      const failed = `Output ${submission.name} could not be started`;
      const context = { output: submission.name };
      end(
        submission,
        'failed',
        toTailraceError(error, failed, { code: 'CLOSED', operation: 'submit output', context }),
      );
      return;
    }
    submission.open = open;
    open.ended.then(
      (ended) => end(submission, ended.state, ended.state === 'done' ? reportOf(ended) : errorOf(ended)),
      // `ended` never rejects.
      () => {},
    );
  };
  const startWaiting = (): void => {
    // What fails to start ends at once, and comes here again.
    if (starting) return;
    starting = true;
    while (live.size < maxLive) {
      const next = waiting.shift();
      if (next === undefined) break;
      start(next);
    }
    starting = false;
  };
  const cancelBeforeStart = (submission: Submission, reason: string): void => {
    const { name } = submission;
    const message = `Output ${name} was cancelled before it began: ${reason}`;
    const context = { output: name };
    end(submission, 'cancelled', new CancelledError(message, { operation: 'write output', context }));
  };
  const stateNow = ({ ended, open }: Submission): OutputState =>
    ended ?? (open === undefined ? 'queued' : stateOf(open));

  return {
    add(name, startOutput, { now, dispose }) {
      if (closed) {
        dispose();
        throw new TailraceError(`The pool takes no more outputs: ${name} came after drain, stop or abort.`, {
          code: 'CLOSED',
          operation: 'submit output',
          context: { output: name },
        });
      }
      added += 1;
      const submission: Submission = {
        name,
        done: deferred(),
        start: startOutput,
        dispose,
        open: undefined,
        ended: undefined,
        leave: () => {},
      };
      if (now) start(submission);
      else {
        submission.leave = waiting.push(submission);
        startWaiting();
      }
      return {
        name,
        get state() {
          return stateNow(submission);
        },
        done: submission.done.promise,
        cancel(reason = `Output ${name} was cancelled by the caller.`) {
          if (submission.ended !== undefined) return;
          if (submission.open !== undefined) {
            submission.open.cancel(reason);
            return;
          }
          submission.leave();
          cancelBeforeStart(submission, reason);
        },
      };
    },
    close() {
      closed = true;
    },
    cancelWaiting(reason) {
      for (const submission of waiting.drain()) cancelBeforeStart(submission, reason);
    },
    cancelLive(reason) {
      for (const submission of [...live]) submission.open?.cancel(reason);
    },
    async allEnded() {
      if (live.size === 0 && waiting.size === 0) return;
      idle ??= deferred();
      await idle.promise;
    },
    unfinished: () => [...live, ...waiting.items()].map((one) => `${one.name} (${stateNow(one)})`),
    get waiting() {
      return waiting.size;
    },
    get added() {
      return added;
    },
    get done() {
      return done;
    },
    get failed() {
      return failed;
    },
    failures,
  };
}
