import { describe, expect, it } from 'vitest';
import { createBudget } from '../budget/create-budget.js';
import type { FileSinkOptions } from '../sink/file/file-sink.js';
import { fileSink } from '../sink/file/file-sink.js';
import type { FileSinkSettings } from '../sink/file/settings.js';
import type { StoreOfScheme } from '../sink/file/store-of-scheme.js';
import { fromIterable } from '../source/from-iterable.js';
import { declareGraph } from './declare.js';
import { outputKey } from './resume-key.js';
import { checkBudget, leanedForBudget, minimumBytes, sizedForBudget } from './sizes.js';
import { withStores } from './with-stores.js';

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

describe('sinks on object stores', () => {
  const formOf = (partBytes: number, parts: number): StoreOfScheme => ({
    url: 'file:///store.js',
    options: { partBytes, parts },
    scheme: 's3',
    bytesPerFile: partBytes,
    bytesInFlight: partBytes * parts,
  });
  // As s3() and azureBlob() are.
  const store: StoreOfScheme = { ...formOf(8 * MiB, 4), leaner: [formOf(5 * MiB, 2), formOf(5 * MiB, 1)] };
  type Row = { readonly n: number };
  const graphTo = (targets: Readonly<Record<string, FileSinkOptions<Row>>>) =>
    declareGraph('stored', (flow) => {
      const rows = flow.source('rows', fromIterable([{ n: 1 }]));
      const format = { url: 'file:///format.js', options: {} };
      for (const [name, options] of Object.entries(targets))
        flow.write(name, rows, fileSink<Row>(`s3://bucket/${name}`, { name: 'text', format, ...options }));
    });
  const budget = createBudget({ limitBytes: 256 * MiB });
  const leaned = (targets: Readonly<Record<string, FileSinkOptions<Row>>>) =>
    leanedForBudget(withStores(graphTo(targets), [store]), budget, 64);
  // What the sink of a file has for its options.
  const settingsIn = (graph: ReturnType<typeof leaned>) =>
    graph.outputs.map(({ sink }) => sink.module.options as FileSinkSettings);
  const split = { partitionBy: ['n'] } as const;

  it('take by default what a budget of 256 MiB holds, partitioned ones too', () => {
    const outputs = [
      { routes: split },
      { routes: split, 'daily.csv.gz': {} },
      { a: {}, b: {}, c: {}, d: {} },
      { routes: split, hourly: {}, 'daily.csv.gz': {}, 'extreme.ndjson': {}, scenarios: {} },
      { routes: split, hourly: split, 'daily.csv.gz': {} },
    ];
    for (const targets of outputs) expect(() => checkBudget(leaned(targets), budget, 64)).not.toThrow();
  });

  it('take as much as the budget holds, and what is declared stays', () => {
    expect(settingsIn(leaned({ a: {} }))[0]?.store.options).toEqual(store.options);
    expect(settingsIn(leaned({ routes: split }))[0]).toMatchObject({
      maxOpenPartitions: 4,
      store: { options: store.options },
    });
    const [declared, other] = settingsIn(
      leaned({ routes: { ...split, maxOpenPartitions: 6 }, b: split, c: {} }),
    );
    expect(declared?.maxOpenPartitions).toBe(6);
    expect(other?.maxOpenPartitions).toBeLessThan(8);
  });

  it('are refused where the least is too much, with what they need at least', () => {
    const wide = { ...split, maxOpenPartitions: 40 };
    expect(() => checkBudget(leaned({ routes: wide }), budget, 64)).toThrow(/at least \d+ MiB/);
  });

  it('are known to a resumed job as the same ones, whatever its memory', () => {
    const graph = withStores(graphTo({ routes: split, b: split }), [store]);
    const keys = [64, 256, 4_096].map((mebibytes) => {
      const lean = leanedForBudget(graph, createBudget({ limitBytes: mebibytes * MiB }), 64);
      return lean.outputs.map((output) => outputKey(lean, output, new Map()));
    });
    expect(keys[0]).toEqual(keys[2]);
    expect(keys[1]).toEqual(keys[2]);
  });
});
