// What the inspector of the adapters records of real runs: all actors, lanes, problems, report, and no more than it may.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { createWebSocketInspector } from '@statelyai/inspect';
import { type Inspector, inspector, showRecording } from '@tailrace/adapters/inspector';
import { customSink, exponential, fromIterable, type Pipeline, pipeline, type Sink } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../support/modules/faulty-sink.js';

interface Row {
  readonly n: number;
}
interface Message {
  readonly type: string;
  readonly [field: string]: unknown;
}
interface TraceEvent {
  readonly ph: string;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly name: string;
  readonly args?: { readonly actor?: string };
}
interface Trace {
  readonly traceEvents: readonly TraceEvent[];
  readonly tailrace: { readonly messages: readonly Message[] };
}

const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const quick = exponential({ attempts: 3, baseMs: 1, capMs: 2 });
const hostile = '<img src=x onerror=alert(1)>';
let dir: string;
let shown: Inspector;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-inspector-'));
});
afterEach(async () => {
  await shown.close();
  await rm(dir, { recursive: true, force: true });
});

const sink = (name: string, fault: Fault): Sink<Row> =>
  customSink<Row>(module, { path: join(dir, name), fault }, { name, target: join(dir, name) });
const outputs = (trouble: Fault, writeRows: number): Pipeline =>
  pipeline('inspected', (flow) => {
    const numbers = Array.from({ length: 3_000 }, (_, n) => ({ n }));
    const rows = flow.source(hostile, fromIterable(numbers), { batchRows: writeRows });
    flow.write('good', rows, sink('good', { kind: 'none' }), { writeRows });
    flow.write('troubled', rows, sink('troubled', trouble), { retry: quick });
  });
const traced = (): Trace => JSON.parse(shown.trace());
const ofType = (trace: Trace, type: string): readonly Message[] =>
  trace.tailrace.messages.filter((message) => message.type === type);
/** Session ids of the actors that were told one by one, by the id of their chart. */
const charted = (trace: Trace, chart: string): readonly Message[] =>
  ofType(trace, '@xstate.actor').filter(({ definition }) => JSON.parse(String(definition)).id === chart);

describe.each([0, 1])('the inspector of a run with %i workers', (workers) => {
  let trace: Trace;
  beforeEach(async () => {
    shown = await inspector();
    const declared = outputs({ kind: 'throw', times: 1 }, 1_000);
    const run = declared.run({ workers, inspect: shown.inspect });
    shown.watch(run, declared);
    await run.completed;
    await new Promise((resolve) => setImmediate(resolve));
    trace = traced();
  });

  it('records every machine with its chart, and how each actor has ended', () => {
    for (const [chart, count] of Object.entries({
      run: 1,
      pool: 1,
      worker: 1,
      output: 2,
      write: 4,
      attempt: 5,
    })) {
      expect([chart, charted(trace, chart).length]).toEqual([chart, count]);
    }
    const parents = new Set(ofType(trace, '@xstate.actor').map(({ sessionId }) => sessionId));
    const last = new Map<unknown, unknown>();
    for (const { sessionId, parentId } of ofType(trace, '@xstate.actor')) {
      if (parentId !== undefined) expect(parents).toContain(parentId);
      last.set(sessionId, 'active');
    }
    for (const { sessionId, snapshot } of ofType(trace, '@xstate.snapshot')) {
      // Snapshots are records.
      last.set(sessionId, (snapshot as { readonly status: string }).status);
    }
    expect([...last.values()].filter((status) => status === 'active')).toEqual([]);
  });

  it('records graph, report and the full text of what went wrong, names as they are', () => {
    expect(ofType(trace, '@tailrace.graph')).toMatchObject([
      { pipeline: 'inspected', nodes: [{ name: hostile, kind: 'source' }] },
    ]);
    expect(ofType(trace, '@tailrace.report')).toMatchObject([{ state: 'completed', rows: 6_000 }]);
    const problems = ofType(trace, '@tailrace.problem');
    expect(problems.map(({ name, state }) => `${name} ${state}`)).toEqual(
      expect.arrayContaining(['troubled~2/0 retrying']),
    );
    for (const { text } of problems) expect(String(text).length).toBeGreaterThan(10);
    expect(ofType(trace, '@tailrace.progress').at(-1)).toMatchObject({ bytesHeld: 0 });
  });

  it('gives Perfetto spans that nest: what begins within another of its track ends within it', () => {
    const spans = trace.traceEvents.filter(({ ph }) => ph === 'X');
    // One that has had to wait for batches has encoded before and after.
    const encoding = spans.filter(({ name }) => name.startsWith('encode '));
    expect(new Set(encoding.map(({ args }) => args?.actor)).size).toBe(5);
    const doings = new Set(spans.map(({ name }) => name.split(' ')[0]));
    expect([...doings]).toEqual(
      expect.arrayContaining(['run', 'attempt', 'open', 'encode', 'flush', 'abort', 'backoff', 'commit']),
    );
    const open = new Map<number, number[]>();
    for (const { tid, ts, dur = 0 } of spans.toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))) {
      const ends = (open.get(tid) ?? []).filter((end) => end > ts);
      expect(ts + dur).toBeLessThanOrEqual(Math.min(...ends));
      open.set(tid, [...ends, ts + dur]);
    }
  });
});

describe('the inspector of many writes', () => {
  it('tells the first ones and those in trouble one by one, counts the others, and times them all', async () => {
    shown = await inspector({ writes: 20 });
    const declared = outputs({ kind: 'throw', times: 1 }, 10);
    const report = await declared.run({ workers: 0, inspect: shown.inspect }).completed;
    await new Promise((resolve) => setImmediate(resolve));
    const trace = traced();
    const told = charted(trace, 'write').map(({ name }) => name);
    expect(told.length).toBeLessThanOrEqual(21);
    expect(told).toContain('troubled~2/0');
    const writes = report.outputs.reduce((sum, output) => sum + output.writes, 0);
    expect(ofType(trace, '@tailrace.summary').at(-1)?.writes).toBe(writes - told.length);
    const encoded = trace.traceEvents.filter(({ name }) => name.startsWith('encode good~1/'));
    expect(encoded).toHaveLength(300);
  });

  it('keeps its memory within the limit it was given', async () => {
    const limitBytes = 200_000;
    shown = await inspector({ history: { limitBytes } });
    await outputs({ kind: 'none' }, 10).run({ workers: 0, inspect: shown.inspect }).completed;
    const told = traced().tailrace.messages.filter(({ type }) => type !== '@xstate.actor');
    const bytes = told.reduce((sum, message) => sum + 2 * JSON.stringify(message).length, 0);
    // What is known of the run as a whole and of lanes that go on comes on top.
    expect(bytes).toBeLessThan(limitBytes + 10_000);
    expect(bytes).toBeGreaterThan(limitBytes / 2);
  });
});

describe('the page', () => {
  it('is small, whole, and asks nobody else for anything', async () => {
    shown = await inspector();
    const { origin } = new URL(shown.url);
    const [code = '', style = ''] = await Promise.all(
      ['/page.js', '/page.css'].map(async (path) => (await fetch(origin + path)).text()),
    );
    expect(gzipSync(code).length + gzipSync(style).length).toBeLessThan(300_000);
    expect(code).not.toMatch(/\bimport\s*[("'{*]|\bfrom\s*["']|insertAdjacentHTML|document\.write|\beval\(/);
    expect(style).not.toMatch(/@import|url\(/);
    // Names of XML, which nobody fetches.
    const addresses = new Set(code.match(/https?:\/\/[\w./-]+/g));
    expect([...addresses].filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
  });
});

describe('the official client', () => {
  it('inspects a run as it inspects any actor, those in the threads included', async () => {
    shown = await inspector();
    const client = createWebSocketInspector({ url: shown.inspectUrl, maxDeferredEvents: 10_000 });
    try {
      await outputs({ kind: 'throw', times: 1 }, 1_000).run({ workers: 1, inspect: client.inspect })
        .completed;
      const isOver = (trace: Trace): boolean =>
        ofType(trace, '@xstate.snapshot').some(({ snapshot }) =>
          JSON.stringify(snapshot).includes('"completed"'),
        );
      // It sends when it has time.
      while (!isOver(traced())) await new Promise((resolve) => setImmediate(resolve));
    } finally {
      client.stop();
    }
    const trace = traced();
    for (const [chart, count] of Object.entries({
      run: 1,
      pool: 1,
      worker: 1,
      output: 2,
      write: 4,
      attempt: 5,
    })) {
      expect([chart, charted(trace, chart).length]).toEqual([chart, count]);
    }
    const names = ofType(trace, '@xstate.actor').map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['run', 'open', 'encode', 'flush']));
  });
});

describe('a recorded run', () => {
  beforeEach(async () => {
    shown = await inspector();
    await outputs({ kind: 'none' }, 1_000).run({ workers: 0, inspect: shown.inspect }).completed;
  });

  it('is shown by the same page from its file, to whoever has the token', async () => {
    const file = join(dir, 'trace.json');
    await writeFile(file, shown.trace());
    const replayed = await showRecording(file);
    try {
      const { origin, hash } = new URL(replayed.url);
      expect((await fetch(`${origin}/trace.json`)).status).toBe(401);
      const authorization = `Bearer ${new URLSearchParams(hash.slice(1)).get('token')}`;
      const answer = await fetch(`${origin}/trace.json`, { headers: { authorization } });
      expect(await answer.text()).toBe(shown.trace());
      expect(await (await fetch(origin)).text()).toContain('<div id="page">');
    } finally {
      await replayed.close();
    }
  });

  it('is refused when the file is another one, or damaged', async () => {
    const file = join(dir, 'other.json');
    for (const [text, why] of [
      ['{', 'it is not JSON'],
      ['{"traceEvents":[]}', 'it holds no messages of Tailrace'],
      ['{"tailrace":{"version":2}}', 'another version'],
      ['{"tailrace":{"version":1,"messages":[{"type":"@tailrace.lane"}]}}', 'its messages are damaged'],
    ] as const) {
      await writeFile(file, text);
      await expect(showRecording(file)).rejects.toThrow(why);
    }
    const missing = join(dir, 'missing.json');
    await expect(showRecording(missing)).rejects.toThrow(`${missing} cannot be read: ENOENT`);
    await expect(showRecording(file, { port: 65_536 })).rejects.toThrow('The option port must be');
  });
});
