// Owns what SIGINT and SIGTERM do to a run: the first lets it finish within a deadline, the second aborts it. Opt-in:
// nothing listens for signals unless a program asks for it here.
import { type Clock, sleep, systemClock } from '../time/clock.js';
import type { Run } from './run-contract.js';

/** How long a run and its program have after a signal, and who is told. */
export interface SignalOptions {
  /** Milliseconds the run may go on after the first signal. Default 30,000. */
  readonly deadlineMs?: number;
  /** Told what happens, in words. Default: a line on stderr. */
  readonly tell?: (message: string) => void;
  /**
   * Milliseconds the program has, after a run that a signal has stopped, for what it does then (save a report, close a
   * connection) before the process is ended. Default 2,000.
   */
  readonly afterMs?: number;
  /** Injected in tests. */
  readonly clock?: Clock;
  /** The process, or a stand-in for it in tests. */
  readonly target?: SignalTarget;
}

/** What is asked of the process: `process` itself has all of it. */
export interface SignalTarget {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  /** The code the process is to end with when nothing keeps it alive. Without this, `exit` is called at once. */
  endWith?(code: number): void;
  /** Ends the process at once. */
  exit(code: number): void;
}

const thisProcess: SignalTarget = {
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  endWith(code) {
    process.exitCode = code;
    // Whatever the program says of the run it awaited, a signal has ended it.
    process.once('exit', () => {
      process.exitCode = code;
    });
  },
  exit: (code) => process.exit(code),
};

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Handles SIGINT and SIGTERM for a run: the first signal lets it finish (drain) until the deadline, after which, or on a
 * second signal, it is aborted and what it staged is removed. Code that awaits `settled` or `completed` then runs as
 * always; the process ends by itself, or is ended after `afterMs`, with 130 (SIGINT) or 143 (SIGTERM).
 * @returns how to stop listening; it stops by itself when the run has ended
 */
export function handleSignals(run: Run, options: SignalOptions = {}): () => void {
  const target = options.target ?? thisProcess;
  const clock = options.clock ?? systemClock;
  const tell = options.tell ?? ((message) => process.stderr.write(`${message}\n`));
  const deadlineMs = options.deadlineMs ?? 30_000;
  const over = new AbortController();
  let first: 'SIGINT' | 'SIGTERM' | undefined;

  const handle = (signal: 'SIGINT' | 'SIGTERM') => (): void => {
    if (first !== undefined) {
      tell(`${signal} again: aborting; what was staged is removed.`);
      run.abort(`Aborted by ${signal}.`);
      return;
    }
    first = signal;
    tell(`${signal}: finishing what is under way, for ${deadlineMs / 1000} s at most; once more to abort.`);
    sleep(clock, deadlineMs, over.signal).then(
      () => {
        tell(`The deadline has passed: aborting.`);
        run.abort(`Not finished ${deadlineMs} ms after ${signal}.`);
      },
      // The run has ended before the deadline.
      () => {},
    );
  };
  const onInterrupt = handle('SIGINT');
  const onTerminate = handle('SIGTERM');
  const stop = (): void => {
    target.off('SIGINT', onInterrupt);
    target.off('SIGTERM', onTerminate);
    over.abort(new Error('The run has ended.'));
  };
  target.on('SIGINT', onInterrupt);
  target.on('SIGTERM', onTerminate);
  const end = (): void => {
    stop();
    if (first === undefined) return;
    const code = exitCodes[first];
    if (target.endWith === undefined) {
      target.exit(code);
      return;
    }
    target.endWith(code);
    unref(clock.setTimeout(() => target.exit(code), options.afterMs ?? 2_000));
  };
  // A turn after `completed`, which is the last of the two, so that whoever awaits it comes first.
  const endLater = (): void => void clock.yield().then(end);
  run.completed.then(endLater, endLater);
  return stop;
}

/** A timer that keeps nobody waiting; a simulated one never does. */
function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function') {
    timer.unref();
  }
}
