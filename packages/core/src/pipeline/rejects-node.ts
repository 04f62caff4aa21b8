// Owns the node that a stage's bad rows pass through on their way to their output: it makes columns of them as any other does.
import { createNode, type Node, type NodeOptions, type NodeState } from './node.js';
import type { RejectSink } from './rejecter.js';

export interface Rejects {
  readonly node: Node;
  readonly sink: RejectSink;
}

export function createRejects(
  options: Omit<NodeOptions, 'kind' | 'hold' | 'freeze' | 'rejects' | 'rejected'>,
): Rejects {
  const listeners: (() => void)[] = [];
  const node = createNode({
    ...options,
    kind: 'rejects',
    hold: undefined,
    freeze: false,
    onEnded() {
      for (const listener of listeners) listener();
      options.onEnded();
    },
  });
  return {
    node,
    sink: {
      get closed() {
        return isOver(node.state);
      },
      onClosed: (listener) => void listeners.push(listener),
      push: node.next,
      complete: node.complete,
      fail: node.fail,
    },
  };
}

const isOver = (state: NodeState): boolean => state !== 'waiting' && state !== 'running';
