// Owns how big batches may be under a byte budget, and refuses a budget in which a run could only stand still.
import type { Budget } from '../budget/budget.js';
import { PlanError } from '../errors/named-errors.js';
import { leanest } from '../sink/file/lean-sizes.js';
import { leanSink } from '../sink/file/store-of-scheme.js';
import { type Graph, type GraphNode, originOf } from './graph.js';

const minBatchBytes = 64 * 1024;
const maxBatchBytes = 4 * 1024 * 1024;
/** Smallest batches that a stage which is written is certain to have room for, while its builder's columns grow. */
const batchesPerBuilder = 7;

/**
 * The least budget in bytes under which a graph can move, below the low mark: the encoders that may be open at once, a
 * builder for each stage that is written, and a batch on its way to each output.
 * @param openAttempts attempts that may be open at once
 */
export function minimumBytes(graph: Graph, lowWater: number, openAttempts: number): number {
  const encoders = graph.outputs
    .map(({ sink }) => sink.reserveBytes)
    .sort((a, b) => b - a)
    .slice(0, openAttempts)
    .reduce((sum, bytes) => sum + bytes, 0);
  const builders = new Set(graph.outputs.map(({ from }) => originOf(graph, from))).size;
  const batches = builders * batchesPerBuilder + graph.outputs.length;
  return Math.ceil((encoders + batches * minBatchBytes) / lowWater);
}

/**
 * The graph with sinks that take as much memory as the budget holds, and no less than they must: what their declarations leave
 * open becomes smaller for all of them alike. They write the same rows.
 * @param openAttempts attempts that may be open at once
 */
export function leanedForBudget(graph: Graph, budget: Budget, openAttempts: number): Graph {
  const lowWater = budget.lowWaterBytes / budget.limitBytes;
  for (let leanness = 0; ; leanness += 1) {
    const outputs = graph.outputs.map((output) => ({ ...output, sink: leanSink(output.sink, leanness) }));
    const lean = { ...graph, outputs };
    if (leanness === leanest || minimumBytes(lean, lowWater, openAttempts) <= budget.limitBytes) return lean;
  }
}

/** Throws a PlanError naming the minimum when the budget is below it. */
export function checkBudget(graph: Graph, budget: Budget, openAttempts: number): void {
  const minimum = minimumBytes(graph, budget.lowWaterBytes / budget.limitBytes, openAttempts);
  if (budget.limitBytes >= minimum) return;
  const mebibytes = Math.ceil(minimum / 2 ** 20);
  throw new PlanError(
    `A budget of ${budget.limitBytes} bytes cannot hold the ${graph.outputs.length} outputs of pipeline '${graph.name}': ` +
      `with their encoders they need at least ${mebibytes} MiB. Run it with memory: '${mebibytes}MiB' or more.`,
    {
      operation: 'run pipeline',
      context: { pipeline: graph.name, limitBytes: budget.limitBytes, minimumBytes: minimum },
    },
  );
}

/** The graph with batch sizes that fit the budget, where nothing was declared. */
export function sizedForBudget(graph: Graph, budget: Budget): Graph {
  const share = Math.floor(budget.limitBytes / (8 * Math.max(1, graph.outputs.length)));
  const batchBytes = Math.min(maxBatchBytes, Math.max(minBatchBytes, share));
  const sized = (node: GraphNode): GraphNode =>
    node.kind === 'hold' || node.options.batchBytes !== undefined
      ? node
      : { ...node, options: { ...node.options, batchBytes } };
  return { ...graph, nodes: graph.nodes.map(sized) };
}
