// Owns what the options of a run are refused for before anything begins: those that are of another kind than they must be.
import { checkKinds, shownOption } from '../errors/check-options.js';
import { planError } from './check.js';
import type { RunOptions } from './run-contract.js';

/** Throws a PlanError naming the option. What numbers and amounts mean is checked where they are used. */
export function checkRunOptions(pipeline: string, options: RunOptions): void {
  const what = `run() of pipeline '${pipeline}'`;
  checkKinds(
    what,
    options,
    {
      failFast: 'flag',
      durable: 'flag',
      freeze: 'flag',
      resume: 'text',
      scratchDir: 'text',
      signal: 'object',
      clock: 'object',
      random: 'function',
      startThread: 'function',
    },
    'run pipeline',
  );
  const { signal, stallMs } = options;
  if (signal !== undefined && typeof signal.addEventListener !== 'function') {
    throw planError(`${what}: the option signal must be an AbortSignal, not an object of another kind.`, {
      pipeline,
    });
  }
  if (stallMs !== undefined && !(typeof stallMs === 'number' && stallMs > 0)) {
    throw planError(`${what}: the option stallMs must be a number above 0, not ${shownOption(stallMs)}.`, {
      pipeline,
    });
  }
}
