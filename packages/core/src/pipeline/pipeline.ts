// Owns what a declared pipeline is to its user: a name, a picture, and a way to run it. It keeps no state between runs.
import { planError } from './check.js';
import { declareGraph, type Flow } from './declare.js';
import { describeGraph, type PipelineDescription } from './describe.js';
import type { Graph } from './graph.js';
import { runPipeline } from './run.js';
import type { Run, RunOptions } from './run-contract.js';

/** A declared pipeline. It can be run again and again, also at the same time when the outputs allow it. */
export interface Pipeline {
  readonly name: string;
  /** The graph as data and as a Mermaid flowchart, with warnings about what was probably not meant. Runs nothing. */
  describe(): PipelineDescription;
  /** Starts a run and returns at once. Throws a PlanError when the options cannot work. */
  run(options?: RunOptions): Run;
}

export interface PipelineOptions {
  /**
   * Of what its stages compute. A job that is resumed takes outputs of another version for other outputs; change it when
   * the code of a stage changes. Example: `'2024-05-01'`. Default: none.
   */
  readonly version?: string | undefined;
}

/**
 * Declares a pipeline. Nothing is read, computed or written before `run`.
 *
 * @param name for reports and messages
 * @param declare called once, now; it must not be asynchronous
 * @throws PlanError for unknown or foreign handles, names used twice, outputs that would meet, no output at all, and
 *   whatever else can be known before a run
 * @example
 * const flights = pipeline('flights', (flow) => {
 *   const raw = flow.source('raw', readParquet('flights.parquet'));
 *   flow.write('late', flow.stage('late', raw, filter((row) => row.delay > 15)), csv('out/late.csv.gz'));
 * });
 */
export function pipeline(
  name: string,
  declare: (flow: Flow) => void,
  { version }: PipelineOptions = {},
): Pipeline {
  if (version !== undefined && typeof version !== 'string') {
    throw planError(`The version of pipeline '${name}' must be text, not ${typeof version}.`, {
      pipeline: name,
    });
  }
  const graph: Graph = { ...declareGraph(name, declare), version };
  return {
    name: graph.name,
    describe: () => describeGraph(graph),
    run: (options) => runPipeline(graph, options),
  };
}
