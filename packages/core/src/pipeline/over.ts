// Owns telling when a node and all below it have ended: then no operator reads any more what the node has given.
import { type Graph, nodesBelow } from './graph.js';

export interface Over {
  /** Calls this once, when it is so. */
  when(node: string, listener: () => void): void;
  /** To be called whenever a node has ended. */
  look(): void;
}

/** @param isEnded whether a node has ended, or will never begin */
export function createOver(graph: Graph, isEnded: (node: string) => boolean): Over {
  let waiting: { readonly names: ReadonlySet<string>; readonly listener: () => void }[] = [];
  return {
    when: (node, listener) => void waiting.push({ names: nodesBelow(graph, node), listener }),
    look() {
      if (waiting.length === 0) return;
      const over = waiting.filter(({ names }) => [...names].every(isEnded));
      waiting = waiting.filter((one) => !over.includes(one));
      for (const { listener } of over) listener();
    },
  };
}
