import { describe, expect, it } from 'vitest';
import { createBudget } from '../budget/create-budget.js';
import { fromIterable } from '../source/from-iterable.js';
import { declareGraph } from './declare.js';
import { checkBudget, minimumBytes, sizedForBudget } from './sizes.js';

const MiB = 2 ** 20;
const sinkOf = (name: string, reserveBytes: number) => ({
  name,
  module: { url: 'file:///sink.js', options: {} },
  location: undefined,
  target: name,
  single: false,
  requires: [],
  reserveBytes,
});
const graphOf = (outputs: number, reserveBytes: number) =>
  declareGraph('sized', (flow) => {
    const rows = flow.source('rows', fromIterable([{ n: 1 }]));
    for (let index = 0; index < outputs; index += 1)
      flow.write(`o${index}`, rows, sinkOf(`o${index}`, reserveBytes));
  });

describe('the least budget', () => {
  it('holds every open encoder, a builder and a small batch per output below the low-water mark', () => {
    expect(minimumBytes(graphOf(2, 8 * MiB), 0.5, 16)).toBe(2 * (2 * 8 * MiB + (7 + 2) * 64 * 1024));
  });

  it('does not count encoders that cannot be open at once', () => {
    expect(minimumBytes(graphOf(1_000, 8 * MiB), 0.5, 32)).toBe(2 * (32 * 8 * MiB + 1_007 * 64 * 1024));
  });

  it('is accepted, and two bytes less are refused with its size in the message', () => {
    const graph = graphOf(2, 8 * MiB);
    const least = minimumBytes(graph, 0.5, 16);
    expect(() => checkBudget(graph, createBudget({ limitBytes: least }), 16)).not.toThrow();
    expect(() => checkBudget(graph, createBudget({ limitBytes: least - 2 }), 16)).toThrow(/at least 34 MiB/);
  });
});

describe('batch sizes', () => {
  it('shrink with the budget and the number of outputs, within bounds, and leave declared ones alone', () => {
    const bytesOf = (outputs: number, limitBytes: number) => {
      const node = sizedForBudget(graphOf(outputs, 0), createBudget({ limitBytes })).nodes[0];
      return node?.kind === 'source' ? node.options.batchBytes : undefined;
    };
    expect(bytesOf(1, 1024 * MiB)).toBe(4 * MiB);
    expect(bytesOf(4, 64 * MiB)).toBe(2 * MiB);
    expect(bytesOf(100, 8 * MiB)).toBe(64 * 1024);
    const declared = declareGraph('declared', (flow) => {
      flow.write('o', flow.source('rows', fromIterable([{ n: 1 }]), { batchBytes: 123 }), sinkOf('o', 0));
    });
    const [node] = sizedForBudget(declared, createBudget({ limitBytes: 8 * MiB })).nodes;
    expect(node?.kind === 'source' && node.options.batchBytes).toBe(123);
  });
});
