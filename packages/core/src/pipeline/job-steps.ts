// Owns what a job is waiting for, and what is told when it is waited for no longer.
import { TailraceError } from '../errors/tailrace-error.js';

export interface JobSteps {
  /** Waits for this from now on. `waitedFor`: the subject of "did not answer". */
  now(waitedFor: string): void;
  /** What is told of the step that the job is at. */
  hung(verb: 'open' | 'close'): TailraceError;
}

/** Whoever has aborted a run waits for its job no longer. The lease is let go when what was waited for has come back. */
export function jobSteps(directory: string): JobSteps {
  let step = '';
  return {
    now: (waitedFor) => {
      step = waitedFor;
    },
    hung: (verb) =>
      new TailraceError(
        `Could not ${verb} the job in ${directory}: ${step} did not answer, and the run has ended without it. ` +
          'No other run can have this job before the answer has come or this process has ended. Look at what ' +
          'did not answer; what was published is found again.',
        { code: 'STORE_FAILED', operation: `${verb} job`, status: 'temporary', context: { path: directory } },
      ),
  };
}
