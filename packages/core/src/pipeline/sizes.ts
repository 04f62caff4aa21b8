// Owns how big batches may be under a byte budget, and refuses a budget in which a run could only stand still.
import type { Budget } from '../budget/budget.js';
import { PlanError } from '../errors/named-errors.js';
import type { Graph, GraphNode } from './graph.js';

const minBatchBytes = 64 * 1024;
const maxBatchBytes = 4 * 1024 * 1024;
/** Smallest batches each output is certain to have room for: one on its way, the rest for a builder's columns as they grow. */
const batchesPerOutput = 8;

/** The least budget in bytes under which a graph can move: open encoders and eight small batches per output, below the low mark. */
export function minimumBytes(graph: Graph, lowWater: number): number {
  const reserved = graph.outputs.reduce(
    (sum, output) => sum + output.sink.reserveBytes + batchesPerOutput * minBatchBytes,
    0,
  );
  return Math.ceil(reserved / lowWater);
}

/** Throws a PlanError naming the minimum when the budget is below it. */
export function checkBudget(graph: Graph, budget: Budget): void {
  const minimum = minimumBytes(graph, budget.lowWaterBytes / budget.limitBytes);
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
