import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../batch/batch.js';
import { batchOfRows } from '../batch/batch-of-rows.js';
import { defineSchema, int32, type Schema } from '../batch/schema.js';
import { createMemory } from '../materialise/create-memory.js';
import type { SpillFileSystem } from '../materialise/durable-spill.js';
import { nodeJournalFileSystem } from '../store/journal/file-system.js';
import type { SpilledStage } from '../store/journal/records.js';
import { inScratch } from '../store/local/store-bench.js';
import { readingBack, type Spilling, spillDirectory, spillStages, writtenStages } from './durable.js';
import type { Graph, GraphNode, GraphOutput, SourceNode } from './graph.js';

const schema = defineSchema({ n: int32() });
const rows = (from: number, to: number): { n: number }[] =>
  Array.from({ length: to - from }, (_, at) => ({ n: from + at }));
const batch = (from: number, to: number): Batch<{ n: number }> => batchOfRows(schema, rows(from, to));
const signal = new AbortController().signal;

let root = '';
inScratch((made) => {
  root = join(made, 'spill');
});

const source = (name: string): GraphNode => ({
  kind: 'source',
  name,
  source: { name, async *open() {} },
  options: {},
});
const stage = (name: string, from: string): GraphNode => ({
  kind: 'stage',
  name,
  from,
  operator: (input) => input,
  options: {},
});
const output = (name: string, from: string): GraphOutput => {
  const sink = {
    name: 'void',
    module: { url: 'data:text/javascript,', options: {} },
    location: undefined,
    target: 'nowhere',
    single: false,
    requires: [],
    reserveBytes: 0,
  };
  return { name, from, sink, options: {} };
};
const graph: Graph = {
  name: 'p',
  nodes: [
    source('raw'),
    stage('a', 'raw'),
    stage('b', 'raw'),
    stage('read by nobody', 'raw'),
    { kind: 'hold', name: 'a (held)', from: 'a' },
  ],
  outputs: [output('one', 'a'), output('two', 'a (held)'), output('three', 'b')],
};

async function spilling(
  stages: readonly string[],
  fs: SpillFileSystem = nodeJournalFileSystem,
): Promise<Spilling & { readonly memory: ReturnType<typeof createMemory> }> {
  await mkdir(root);
  const memory = createMemory({ limitBytes: 2 ** 22 });
  return { ...(await spillStages(fs, root, stages, memory)), memory };
}
const tapOf = ({ taps }: Spilling, name: string) => {
  const tap = taps.get(name);
  if (tap === undefined) throw new Error(`no tap of ${name}`);
  return tap;
};
/** What a graph that reads back gives at a stage. */
async function readBack(stages: readonly SpilledStage[], name: string): Promise<unknown[]> {
  const memory = createMemory({ limitBytes: 2 ** 22 });
  const node = readingBack(graph, nodeJournalFileSystem, root, stages, memory).nodes.find(
    (one) => one.name === name,
  );
  if (node?.kind !== 'source') throw new Error(`${name} is not read back`);
  const found: unknown[] = [];
  for await (const batches of node.source.open(signal)) {
    // What a spilled stage gives are batches, which it releases itself.
    for (const one of batches as readonly Batch<unknown>[]) found.push(...one.toRows());
  }
  expect(memory.budget.usedBytes).toBe(0);
  return found;
}

describe('what a durable job keeps', () => {
  it('is every stage that is written, once, also by way of a hold', () => {
    expect(writtenStages(graph)).toEqual(['a', 'b']);
  });

  it('is not whole while one stage is missing', async () => {
    const cut = await spilling(['a', 'b']);
    const a = tapOf(cut, 'a');
    a.schema(schema);
    a.push(batch(0, 10));
    a.complete();
    await cut.end();
    expect(await readdir(spillDirectory(root, 0))).toHaveLength(1);
    await expect(cut.whole).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('is told by stage with its schema, rows and batches, and gives the same again', async () => {
    const cut = await spilling(['a', 'b']);
    const a = tapOf(cut, 'a');
    a.schema(schema);
    a.push(batch(0, 10));
    a.push(batch(10, 15));
    a.complete();
    tapOf(cut, 'b').complete();
    const stages = await cut.whole;
    expect(stages).toMatchObject([
      { stage: 'a', schema: { fields: schema.fields }, rows: 15, batches: 2 },
      { stage: 'b', schema: null, rows: 0, batches: 0 },
    ]);
    expect(await readBack(stages, 'a')).toEqual(rows(0, 15));
    expect(await readBack(stages, 'b')).toEqual([]);
    await cut.end();
  });

  it('holds no batch longer than until it is written, be it in memory or on scratch storage', async () => {
    const cut = await spilling(['a']);
    const { memory } = cut;
    const a = tapOf(cut, 'a');
    a.schema(schema);
    const inMemory = batch(0, 10);
    a.push(inMemory);
    const elsewhere = batch(10, 20);
    let released = 0;
    a.pushSpilled(await memory.scratch.spill(elsewhere), () => {
      released += 1;
    });
    a.complete();
    expect(await readBack(await cut.whole, 'a')).toEqual(rows(0, 20));
    expect(released).toBe(1);
    // The caller's own references are the last ones.
    inMemory.release();
    expect(() => inMemory.retain()).toThrow(/already released/);
    expect(memory.budget.usedBytes).toBe(0);
    await memory.scratch.close();
  });

  it('is not whole when a stage could not be written, and its tap then takes nothing more', async () => {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    let opened = 0;
    const cut = await spilling(['a', 'b'], {
      ...nodeJournalFileSystem,
      open: (path, flags, mode) => {
        opened += 1;
        return opened > 1 ? Promise.reject(full) : nodeJournalFileSystem.open(path, flags, mode);
      },
    });
    const a = tapOf(cut, 'a');
    a.schema(schema);
    const one = batch(0, 10);
    const two = batch(10, 20);
    a.push(one);
    a.push(two);
    a.complete();
    await expect(cut.whole).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await cut.end();
    let released = 0;
    a.pushSpilled({ path: '', rows: 1, bytes: 1, contentBytes: 1 }, () => {
      released += 1;
    });
    expect([a.closed, released]).toEqual([true, 1]);
    for (const each of [one, two]) {
      each.release();
      expect(() => each.retain()).toThrow(/already released/);
    }
  });

  it('is not whole when the run ends before it is, and who feeds it is told', async () => {
    const cut = await spilling(['a', 'b']);
    let closed = 0;
    tapOf(cut, 'b').onClosed(() => {
      closed += 1;
    });
    await cut.end();
    await expect(cut.whole).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(closed).toBe(1);
  });

  it('is refused when it has been changed since', async () => {
    const cut = await spilling(['a']);
    const a = tapOf(cut, 'a');
    a.schema(schema);
    a.push(batch(0, 10));
    a.complete();
    const stages = await cut.whole;
    const [name = ''] = await readdir(spillDirectory(root, 0));
    const path = join(spillDirectory(root, 0), name);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(path, bytes);
    await expect(readBack(stages, 'a')).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });
});

describe('a graph that reads back', () => {
  it('has its written stages as sources with the schema they had, and all else as it was', () => {
    const of = (name: string, known: Schema | null): SpilledStage => ({
      ...{ stage: name, schema: known, batches: 0, rows: 0, bytes: 0, checksum: '' },
    });
    const memory = createMemory({ limitBytes: 2 ** 22 });
    const back = readingBack(graph, nodeJournalFileSystem, root, [of('a', schema), of('b', null)], memory);
    expect(back.nodes.map(({ kind, name }) => [kind, name])).toEqual([
      ['source', 'raw'],
      ['source', 'a'],
      ['source', 'b'],
      ['stage', 'read by nobody'],
      ['hold', 'a (held)'],
    ]);
    const [, a, b] = back.nodes as readonly SourceNode[];
    expect([a?.options.schema, b?.options.schema]).toEqual([schema, undefined]);
    expect(back.outputs).toBe(graph.outputs);
  });
});
