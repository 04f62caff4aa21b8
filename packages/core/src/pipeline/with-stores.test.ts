import { expect, it } from 'vitest';
import type { StoreOfScheme } from '../sink/file/store-of-scheme.js';
import type { Source } from '../source/source.js';
import type { Graph } from './graph.js';
import { withStores } from './with-stores.js';

const store: StoreOfScheme = { url: 'node:x', options: {}, scheme: 'x', bytesPerFile: 1, bytesInFlight: 1 };

it('sources that read URLs are those with the stores of the run, and others are as they were', () => {
  const { open } = { async *open() {} };
  const plain: Source<unknown> = { open };
  const given: unknown[] = [];
  const asking: Source<unknown> = {
    open,
    withStores(stores) {
      given.push(...stores);
      return { name: 'with stores', open };
    },
  };
  const graph: Graph = {
    name: 'read',
    nodes: [
      { kind: 'source', name: 'a', source: plain, options: {} },
      { kind: 'source', name: 'b', source: asking, options: {} },
    ],
    outputs: [],
  };
  const { nodes } = withStores(graph, [store]);
  expect(given).toEqual([store]);
  expect(nodes[0]).toBe(graph.nodes[0]);
  expect(nodes[1]).toMatchObject({ name: 'b', source: { name: 'with stores' } });
});
