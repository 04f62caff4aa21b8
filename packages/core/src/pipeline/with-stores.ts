// Owns that every output of a graph has its store before it runs, and every source that reads URLs.
import { type StoreOfScheme, withStore } from '../sink/file/store-of-scheme.js';
import type { Graph } from './graph.js';

/** Throws a PlanError for an output whose URL is of a scheme that no store is for. */
export function withStores(graph: Graph, stores: readonly StoreOfScheme[] = []): Graph {
  const outputs = graph.outputs.map((output) => ({
    ...output,
    sink: withStore(output.sink, stores, output.name),
  }));
  const nodes = graph.nodes.map((node) =>
    node.kind === 'source' && node.source.withStores !== undefined
      ? { ...node, source: node.source.withStores(stores) }
      : node,
  );
  return { ...graph, nodes, outputs };
}
