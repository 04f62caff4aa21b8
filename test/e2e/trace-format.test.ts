// The recorded trace of a real run, read by the rules of Chrome's format and of Perfetto: it is whole, it nests, it has a lane
// per worker, and it says what the report says.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TraceModel } from '@paulirish/trace_engine/models/trace/trace.js';
import { inspector } from '@tailrace/adapters/inspector';
import { customSink, exponential, fromIterable, pipeline, type Report, type Sink } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../support/modules/faulty-sink.js';
import { type ReadTrace, readTraceFormat, type Slice } from '../support/trace-format.js';

interface Row {
  readonly n: number;
}

const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const quick = exponential({ attempts: 3, baseMs: 1, capMs: 2 });
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-trace-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const sink = (name: string, fault: Fault): Sink<Row> =>
  customSink<Row>(module, { path: join(dir, name), fault }, { name, target: join(dir, name) });

async function recorded(
  fault: Fault,
  workers: number,
): Promise<{ trace: ReadTrace; report: Report; text: string }> {
  const shown = await inspector();
  try {
    const declared = pipeline('traced', (flow) => {
      const numbers = Array.from({ length: 3_000 }, (_, n) => ({ n }));
      const rows = flow.source('numbers', fromIterable(numbers), { batchRows: 500 });
      flow.write('good', rows, sink('good', { kind: 'none' }), { writeRows: 500 });
      flow.write('troubled', rows, sink('troubled', fault), { retry: quick, writeRows: 1_000 });
    });
    const run = declared.run({ workers, inspect: shown.inspect });
    shown.watch(run, declared);
    const report = await run.completed;
    const text = shown.trace();
    return { trace: readTraceFormat(text), report, text };
  } finally {
    await shown.close();
  }
}

const slicesOf = ({ tracks }: ReadTrace, lane: RegExp): readonly Slice[] =>
  tracks.filter(({ name }) => lane.test(name)).flatMap(({ slices }) => slices);

describe.each([0, 1, 2])('the trace of a run with %i workers', (workers) => {
  it('is read without a complaint, and agrees with the report', async () => {
    const { trace, report } = await recorded({ kind: 'throw', times: 1 }, workers);
    // Attempts that share a worker overlap: their lane then has more than one track.
    const lanes = new Set(trace.tracks.map(({ name }) => name.replace(/ \(\d+\)$/, '')));
    const places = [...lanes].filter((lane) => /^w\d+$/.test(lane));
    expect(places).toHaveLength(workers);
    expect(lanes).toContain('main');
    const ofWorkers = slicesOf(trace, workers === 0 ? /^main/ : /^w\d+( |$)/);
    for (const { name, attempts, writes } of report.outputs) {
      const of = (doing: string): readonly Slice[] =>
        ofWorkers.filter((slice) => slice.category === doing && slice.name.startsWith(`${doing} ${name}~`));
      // One that has had to wait for batches has encoded before and after.
      expect([name, new Set(of('encode').map(({ args }) => args.actor)).size]).toEqual([name, attempts]);
      expect([name, of('flush').length]).toEqual([name, writes]);
      const own = slicesOf(trace, new RegExp(`^${name}~`));
      expect(own.filter(({ category }) => category === 'commit').length).toBeGreaterThanOrEqual(1);
      expect(own.filter(({ category }) => category === 'backoff')).toHaveLength(attempts - writes);
    }
    expect(trace.instants.filter(({ name }) => name.startsWith('retrying: troubled~'))).toHaveLength(3);
    expect(trace.counters.get('memory')?.at(-1)).toMatchObject({ bytesHeld: 0 });
    const main = slicesOf(trace, /^main$/);
    const from = Math.min(...main.map((slice) => slice.from));
    const to = Math.max(...main.map((slice) => slice.to));
    // The wall clock counts whole milliseconds, and the lane begins when every target is open.
    expect((to - from) / 1_000).toBeLessThan(report.elapsedMs + 1_000);
  });
});

describe.each([0, 1, 2])('the spans of a run with %i workers', (workers) => {
  it('nest: every phase in its attempt, what the main thread does in the run, every commit in its output', async () => {
    const { trace, report } = await recorded({ kind: 'throw', times: 1 }, workers);
    const all = trace.tracks.flatMap(({ slices }) => slices);
    const ofKind = (category: string): readonly Slice[] => all.filter((slice) => slice.category === category);
    expect(ofKind('run').map(({ depth }) => depth)).toEqual([0]);
    expect(ofKind('output').map(({ args }) => args.actor)).toEqual(['good~1', 'troubled~2']);
    const attempts = report.outputs.reduce((sum, output) => sum + output.attempts, 0);
    expect(new Set(ofKind('attempt').map(({ name }) => name)).size).toBe(attempts);
    expect(ofKind('attempt')).toHaveLength(attempts);
    const wholes: Readonly<Record<string, readonly string[]>> = {
      attempt: ['open', 'encode', 'starved', 'flush'],
      run: ['running', 'blocked', 'waiting'],
      output: ['commit'],
    };
    for (const { slices } of trace.tracks) {
      for (const [index, slice] of slices.entries()) {
        const whole = Object.keys(wholes).find((kind) => wholes[kind]?.includes(slice.category));
        // A worker waits, too: in a lane of its name.
        if (whole === undefined || (slice.category === 'waiting' && slice.args.actor === slice.args.lane))
          continue;
        const around = slices.slice(0, index).findLast(({ depth }) => depth === 0);
        expect([slice.name, slice.depth, around?.category, around?.args]).toEqual([
          slice.name,
          1,
          whole,
          slice.args,
        ]);
      }
    }
  });

  it('stand in a process of the name of the pipeline: main thread, workers, outputs', async () => {
    const { trace } = await recorded({ kind: 'none' }, workers);
    expect(new Set(trace.tracks.map(({ process }) => process))).toEqual(new Set(['traced']));
    const ranks = trace.tracks
      .toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0))
      .map(({ name }) => (name.startsWith('main') ? 0 : /^w\d/.test(name) ? 1 : 2));
    expect(ranks).toEqual(ranks.toSorted());
    expect(new Set(trace.tracks.map(({ place }) => place)).size).toBe(trace.tracks.length);
  });
});

it("is read by the engine of Chrome's DevTools as by the reader: the same lanes, slices and nesting", async () => {
  const { trace, text } = await recorded({ kind: 'throw', times: 1 }, 2);
  const { traceEvents } = JSON.parse(text) as { readonly traceEvents: readonly unknown[] };
  const engine = TraceModel.Model.createWithAllHandlers();
  await engine.parse(traceEvents);
  const read = engine.parsedTrace()?.data.Renderer;
  const threads = [...(read?.processes.values() ?? [])].flatMap((process) => [...process.threads.values()]);
  const seen = threads.map(({ name, entries }) => ({
    name,
    slices: entries.map((entry) => [entry.name, entry.ts, entry.dur, read?.entryToNode.get(entry)?.depth]),
  }));
  const expected = trace.tracks.map(({ name, slices }) => ({
    name,
    slices: slices.map((slice) => [slice.name, slice.from, slice.to - slice.from, slice.depth]),
  }));
  expect(seen.length).toBeGreaterThan(3);
  expect(new Map(seen.map(({ name, slices }) => [name, slices]))).toEqual(
    new Map(expected.map(({ name, slices }) => [name, slices])),
  );
});

it('has the lane of a place whose thread died: crash and all', async () => {
  const { trace } = await recorded({ kind: 'exit', times: 1 }, 1);
  const categories = slicesOf(trace, /^w\d+( |$)/).map(({ category }) => category);
  expect(categories).toContain('crash');
  const lost = trace.instants.filter(({ args }) => args.code === 'WORKER_LOST');
  expect(lost.map(({ name }) => name)).toContain('retrying: troubled~2/0');
});

describe('the reader of traces', () => {
  const event = { name: 'a', cat: 'c', ph: 'X', ts: 0, dur: 10, pid: 1, tid: 1 };
  const named = { name: 'thread_name', ph: 'M', pid: 1, tid: 1, args: { name: 'lane' } };
  const process = { name: 'process_name', ph: 'M', pid: 1, args: { name: 'run' } };
  const read = (...traceEvents: readonly object[]): ReadTrace =>
    readTraceFormat(JSON.stringify({ traceEvents: [process, ...traceEvents] }));

  it('takes what nests', () => {
    const { tracks } = read(named, event, { ...event, ts: 2, dur: 3 }, { ...event, ts: 10 });
    expect(tracks[0]?.slices.map(({ depth }) => depth)).toEqual([0, 1, 0]);
  });

  const broken: Readonly<Record<string, readonly object[]>> = {
    'ends after it': [named, event, { ...event, ts: 5 }],
    'has no name': [event],
    'dur is no time': [named, { ...event, dur: -1 }],
    'lacks tid': [named, { ...event, tid: undefined }],
    'tid is no whole number': [named, { ...event, tid: 'w1' }],
    'its track a second time': [named, named],
    'its process a second time': [process],
    'belongs to no process': [
      { ...named, pid: 2 },
      { ...event, pid: 2 },
    ],
    'has no place': [{ ...named, name: 'thread_sort_index' }],
    'a phase': [named, { ...event, ph: 'Q' }],
    'is no number': [named, { name: 'memory', ph: 'C', ts: 0, pid: 1, args: { held: 'much' } }],
    'has no scope': [named, { name: 'x', ph: 'i', ts: 0, pid: 1, tid: 1, s: 'x' }],
    'has colour': [named, { ...event, colour: 'red' }],
  };
  it.each(Object.entries(broken))('refuses what %s', (why, events) => {
    expect(() => read(...events)).toThrow(why);
  });
});
