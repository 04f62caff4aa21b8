// Owns what all telemetry has in hand: an inspector that tells facts, runs that are watched, and the guard that keeps every
// failure of telemetry away from what it looks at.
import { type Clock, messageOf, type Report, type Run, systemClock } from '@tailrace/core';
import type { InspectionEvent } from 'xstate';
import type { Fact } from './facts/fact.js';
import { createFactReader } from './facts/read-facts.js';

/**
 * What telemetry reads of a run beside its actors: the name of its pipeline, its progress, its report when it has settled, and
 * the actor by which its facts are told from those of others. A `Run` is one.
 */
export type WatchedRun = Pick<Run, 'pipeline' | 'progress' | 'settled' | 'actor'>;

export interface TelemetryOptions {
  /**
   * Whether messages of errors are told. Those of values never quote the value, credentials in addresses are left out, and
   * messages end after 1,024 characters; errors of your own stages may still quote what you put there. With false
   * only their codes are told. Default true.
   */
  readonly errorMessages?: boolean | undefined;
  /** Injected in tests. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** Telemetry of runs and pools. It sees no rows, and nothing that fails in it reaches a run. */
export interface Telemetry {
  /** For the option `inspect` of runs and pools. */
  readonly inspect: (event: InspectionEvent) => void;
  /** Adds what only a run as a whole knows: rows, bytes, memory while it goes on, and its report at the end. */
  watch(run: WatchedRun): void;
}

/** Does a piece of work, and says so once when one has failed; never throws. */
export type Guard = (work: () => unknown) => void;

/** @param what as the warning calls it: `The logger` */
export function createGuard(what: string): Guard {
  let hasWarned = false;
  const warn = (error: unknown): void => {
    if (hasWarned) return;
    hasWarned = true;
    process.emitWarning(
      `${what} failed: ${messageOf(error)}. The run goes on; what telemetry tells of it may have gaps.`,
      { type: 'TailraceWarning', code: 'TAILRACE_TELEMETRY' },
    );
  };
  return (work) => {
    try {
      const result = work();
      // What is async to its author is a function that returns nothing to us; its rejection would end the process.
      if (result instanceof Promise) result.catch(warn);
    } catch (error) {
      warn(error);
    }
  };
}

export interface ObserverInit extends TelemetryOptions {
  readonly guard: Guard;
  readonly onFact: (fact: Fact) => unknown;
  /** A run is watched; called before anything of its end is told. */
  readonly onWatched?: ((run: WatchedRun) => unknown) | undefined;
}

export function createObserver(init: ObserverInit): Telemetry {
  const { guard, onFact, onWatched, errorMessages = true, clock = systemClock } = init;
  const read = createFactReader({ clock, messages: errorMessages });
  const tell = (fact: Fact): void => guard(() => onFact(fact));
  const tellReport = (run: WatchedRun, report: Report | undefined): void => {
    const { sessionId } = run.actor;
    const { pipeline } = run;
    const at = clock.wallTime();
    tell({ type: 'run.reported', at, actor: sessionId, root: sessionId, pipeline, report });
  };
  return {
    inspect(event) {
      guard(() => {
        for (const fact of read(event)) tell(fact);
      });
    },
    watch(run) {
      guard(() => onWatched?.(run));
      run.settled.then(
        (report) => tellReport(run, report),
        // Whoever awaits the run is told of what it broke down.
        () => tellReport(run, undefined),
      );
    },
  };
}
