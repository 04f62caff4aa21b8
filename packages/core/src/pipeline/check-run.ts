// Owns what the options of a run are refused for before anything begins: those that are of another kind than they must be.
import { checkKinds, shownOption } from '../errors/check-options.js';
import { planError } from './check.js';
import type { Graph } from './graph.js';
import type { RunOptions } from './run-contract.js';

/** Throws a PlanError naming the option. What numbers and amounts mean is checked where they are used. */
export function checkRunOptions(graph: Graph, options: RunOptions): void {
  const pipeline = graph.name;
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
  checkDurable(graph, options);
}

/** Throws a PlanError for `durable` where an output's rows are of no use to a later run. */
function checkDurable({ name: pipeline, outputs }: Graph, { durable = false }: RunOptions): void {
  const output = durable ? outputs.find(({ sink }) => sink.spillable === false) : undefined;
  if (output === undefined) return;
  throw planError(
    `run() of pipeline '${pipeline}': durable: true cannot be kept with output '${output.name}' to ` +
      `${output.sink.target}, whose rows only name what something else holds: a later run would find the names ` +
      'and nothing behind them. Nothing was written. Run it without durable.',
    { pipeline, output: output.name },
  );
}
