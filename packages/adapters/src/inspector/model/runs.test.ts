import { describe, expect, it } from 'vitest';
import { createHistory } from '../stream/history.js';
import type { InspectorMessage, ProgressMessage } from '../stream/message.js';
import { mostRuns } from '../stream/remembered.js';
import { traceOf } from '../stream/trace-file.js';
import { lanesOf } from './gantt.js';
import { emptyModel, type Model, reduce } from './model.js';
import { ofRun } from './of-run.js';
import { ratesOf } from './rates.js';
import { mostLooks } from './runs.js';
import { verdictOf } from './verdict.js';

const graph = (at: number, run: string | undefined, pipeline: string): InspectorMessage => ({
  type: '@tailrace.graph',
  at,
  run,
  pipeline,
  nodes: [],
  edges: [],
  outputs: [],
});
const look = (at: number, run: string | undefined, rows: number): ProgressMessage => ({
  type: '@tailrace.progress',
  at,
  run,
  elapsedMs: at,
  state: 'running',
  bytesHeld: rows,
  bytesLimit: 4,
  bytesHighWater: 3,
  bytesLowWater: 2,
  memoryBytes: 0,
  stages: [{ name: 's', state: 'running', rows }],
  outputs: [],
});
const report = (at: number, run: string, rows: number): InspectorMessage => ({
  type: '@tailrace.report',
  at,
  run,
  state: 'completed',
  elapsedMs: at,
  rows,
  bytes: 0,
  workers: 1,
  computeMs: 0,
  writeMs: 0,
  blockedMs: 0,
  tailMs: 0,
  advice: '',
  outputs: [],
});
const lane = (at: number, run: string | undefined, id: string, doing: string | null): InspectorMessage => ({
  type: '@tailrace.lane',
  at,
  run,
  id,
  lane: 'w1',
  name: id,
  doing,
});
const problem = (at: number, run: string, name: string): InspectorMessage => ({
  type: '@tailrace.problem',
  at,
  run,
  id: name,
  name,
  state: 'failed',
  code: '',
  text: '',
});

const actor = (at: number, run: string, id: string): InspectorMessage => ({
  type: '@xstate.actor',
  sessionId: id,
  rootId: run,
  createdAt: String(at),
  id: null,
  _version: '0.7.2',
  name: id,
  definition: '{}',
  snapshot: { status: 'active' },
});
const summary = (at: number, run: string | undefined, writes: number): InspectorMessage => ({
  type: '@tailrace.summary',
  at,
  run,
  writes,
  actors: writes,
  events: 0,
});
const broken = (at: number, run: string): InspectorMessage => ({ ...look(at, run, 0), state: 'broken' });

/** Two runs, each with the same worker, and a pool beside them. */
const interleaved: readonly InspectorMessage[] = [
  graph(1_000, 'a', 'alpha'),
  lane(1_000, 'a', 'a1', 'encode'),
  look(1_000, 'a', 0),
  graph(2_000, 'b', 'beta'),
  look(2_000, 'b', 0),
  look(3_000, 'a', 6_000),
  lane(3_000, 'b', 'b1', 'encode'),
  lane(3_500, 'pool', 'p1', 'encode'),
  look(4_000, 'b', 200),
  problem(4_000, 'a', 'a~1'),
  look(5_000, 'a', 12_000),
  lane(5_000, 'a', 'a1', null),
  report(5_000, 'a', 12_000),
  look(6_000, 'b', 400),
];
const seen = (model: Model): unknown => ({
  pipeline: model.graph?.pipeline,
  looks: model.progress.map(({ stages }) => stages[0]?.rows),
  rate: ratesOf(model.progress).get('stage:s'),
  report: model.report?.rows,
  spans: lanesOf(model).flatMap(({ tracks }) => tracks.flatMap((track) => track.map(({ name }) => name))),
  problems: model.problems.map(({ name }) => name),
  from: model.from,
  to: model.to,
});

describe('two runs at once', () => {
  const alpha = {
    pipeline: 'alpha',
    looks: [0, 6_000, 12_000],
    rate: 3_000,
    report: 12_000,
    spans: ['a1', 'p1'],
    problems: ['a~1'],
    from: 1_000,
    to: 5_000,
  };
  const beta = {
    pipeline: 'beta',
    looks: [0, 200, 400],
    rate: 100,
    report: undefined,
    spans: ['b1', 'p1'],
    problems: [],
    from: 2_000,
    to: 6_000,
  };

  it('have numbers, lanes, problems and a report each; what belongs to neither is shown with both', () => {
    const model = reduce(emptyModel, interleaved);
    expect(seen(ofRun(model, 'a'))).toEqual(alpha);
    expect(seen(ofRun(model, 'b'))).toEqual(beta);
    // One by one they lead to the same.
    const steps = interleaved.reduce((before, message) => reduce(before, [message]), emptyModel);
    expect(seen(ofRun(steps, 'a'))).toEqual(alpha);
  });

  it('are shown as the latest that goes on, and when all are over as the latest', () => {
    const model = reduce(emptyModel, interleaved);
    expect(ofRun(model, undefined).graph?.pipeline).toBe('beta');
    expect(ofRun(model, 'unknown').graph?.pipeline).toBe('beta');
    const first = reduce(emptyModel, [...interleaved, report(7_000, 'b', 400), look(8_000, 'a', 1)]);
    expect(ofRun(first, undefined).graph?.pipeline).toBe('beta');
    const alone = reduce(emptyModel, [...interleaved.slice(0, 12), report(5_000, 'b', 200)]);
    expect(ofRun(alone, undefined).graph?.pipeline).toBe('alpha');
  });

  it('have actors of their own, and numbers of what is only counted; others are shown with both', () => {
    const actors = [
      actor(1_000, 'a', 'a'),
      actor(1_000, 'a', 'w1'),
      actor(2_000, 'b', 'b'),
      actor(2_000, 'x', 'x'),
    ];
    const counts = [
      summary(3_000, 'a', 5),
      summary(3_000, 'b', 7),
      summary(3_000, 'x', 1),
      summary(4_000, 'b', 9),
    ];
    const model = reduce(emptyModel, [...interleaved, ...actors, ...counts]);
    const [alone, beside] = [ofRun(model, 'a'), ofRun(model, 'b')];
    expect([...alone.actors.keys()]).toEqual(['a', 'w1', 'x']);
    expect([...beside.actors.keys()]).toEqual(['b', 'x']);
    expect([alone.counted?.writes, beside.counted?.writes]).toEqual([6, 10]);
    // Nothing of the actors has changed: they need not be drawn again.
    expect(ofRun(reduce(model, [look(6_500, 'b', 500)]), 'a').actors).toBe(alone.actors);
  });

  it('are over when they have broken down, or when their program is not heard of any more', () => {
    const ended = reduce(emptyModel, [...interleaved, broken(6_500, 'b')]);
    const third = [graph(6_100, 'c', 'gamma'), look(6_200, 'c', 1)];
    expect(ofRun(reduce(ended, third), undefined).graph?.pipeline).toBe('gamma');
    // All are over: it is the one that was so last.
    expect(ofRun(ended, undefined).graph?.pipeline).toBe('beta');
    expect(verdictOf(ofRun(ended, undefined))?.text).toMatch(/^The run has broken down/);
    // Time goes on for others only.
    expect(ofRun(reduce(ended, [...third, look(9_000, 'c', 2)]), 'b').to).toBe(6_500);
    const first = [
      graph(1, 'a', 'alpha'),
      graph(2, 'b', 'beta'),
      look(3, 'b', 1),
      look(4, 'a', 1),
      report(5, 'b', 1),
    ];
    const before = reduce(emptyModel, first.slice(0, 4));
    expect(ofRun(before, undefined).graph?.pipeline).toBe('beta');
    expect(ofRun(before, undefined, true)).toMatchObject({ graph: { pipeline: 'alpha' }, isLost: true });
    expect(verdictOf(ofRun(before, undefined, true))?.text).toMatch(/^Nothing is heard of the run any more/);
    expect(ofRun(reduce(before, first.slice(4)), undefined, true).graph?.pipeline).toBe('beta');
  });

  it('are told to who comes late, each with its last look', () => {
    const history = createHistory({ limitBytes: 0 });
    for (const message of interleaved) history.add(message);
    const late = reduce(
      emptyModel,
      Array.from(history.entries(), ({ message }) => message),
    );
    expect(ofRun(late, 'a')).toMatchObject({ graph: { pipeline: 'alpha' }, report: { rows: 12_000 } });
    expect(ofRun(late, 'b')).toMatchObject({ graph: { pipeline: 'beta' }, report: undefined });
    expect(ofRun(late, 'b').progress.at(-1)).toMatchObject({ bytesHeld: 400 });
  });

  it('are processes of their own in a trace, each with its workers', () => {
    const { traceEvents } = traceOf(interleaved);
    const spans = traceEvents.filter(({ ph }) => ph === 'X');
    const pidOf = (actor: string): number | undefined => spans.find(({ args }) => args?.actor === actor)?.pid;
    expect(new Set(['a1', 'b1', 'p1'].map(pidOf)).size).toBe(3);
    const names = traceEvents.filter(({ name }) => name === 'process_name');
    expect(names.map(({ pid, args }) => [pid, args?.name])).toEqual([
      [pidOf('a1'), 'alpha'],
      [pidOf('b1'), 'beta'],
      [pidOf('p1'), 'tailrace'],
    ]);
    const counters = traceEvents.filter(({ ph }) => ph === 'C');
    expect(counters.map(({ pid }) => pid)).toEqual(['a1', 'b1', 'a1', 'b1', 'a1', 'b1'].map(pidOf));
  });
});

describe('runs of a recording that does not tell them apart', () => {
  it('follow each other, and the last one is shown', () => {
    const old = [
      graph(1_000, undefined, 'first'),
      look(1_500, undefined, 1),
      graph(2_000, undefined, 'next'),
    ];
    const model = reduce(emptyModel, old);
    expect(ofRun(model, undefined)).toMatchObject({ graph: { pipeline: 'next' }, progress: [] });
    expect(model.runs.size).toBe(1);
  });
});

describe('runs one after the other', () => {
  it('are kept up to a number, those that have ended first to go, with a number of looks together', () => {
    const many = Array.from({ length: 2 * mostRuns }, (_, n) => [
      graph(n + 1, `r${n}`, `p${n}`),
      actor(n + 1, `r${n}`, `run${n}`),
      summary(n + 1, `r${n}`, 1),
      ...Array.from({ length: 1_000 }, (__, k) => look(n + 1, `r${n}`, k)),
      // The first one goes on.
      ...(n === 0 ? [] : n % 2 === 0 ? [report(n + 1, `r${n}`, n)] : [broken(n + 1, `r${n}`)]),
    ]).flat();
    const model = reduce(emptyModel, many);
    const { runs } = model;
    expect(runs.size).toBe(mostRuns);
    // What is left of the others would be shown with each of those.
    expect([...model.actors.values()].map(({ rootId }) => rootId)).toEqual([...runs.keys()]);
    expect(model.counted?.writes).toBe(mostRuns);
    expect(runs.has('r0')).toBe(true);
    expect(runs.has(`r${2 * mostRuns - 1}`)).toBe(true);
    const looks = [...runs.values()].reduce((sum, { progress }) => sum + progress.length, 0);
    expect(looks).toBeLessThanOrEqual(2 * mostLooks);
  });
});

describe('more runs at once than are kept', () => {
  const ids = Array.from({ length: mostRuns + 5 }, (_, n) => `r${n}`);
  const round = (at: number): readonly InspectorMessage[] =>
    ids.flatMap((id) => [
      look(at, id, at),
      lane(at, id, `${id} lane`, 'encode'),
      actor(at, id, `${id} worker`),
      problem(at, id, `${id}~1`),
      summary(at, id, 1),
    ]);
  const all = [...ids.map((id, n) => graph(n + 1, id, `p${id}`)), ...round(100), ...round(200)];
  const kept = ids.slice(5);

  it('leave those that are kept alone: what is told of the others is passed over', () => {
    for (const model of [
      reduce(emptyModel, all),
      all.reduce((before, message) => reduce(before, [message]), emptyModel),
    ]) {
      const { runs } = model;
      expect([...runs.keys()]).toEqual(kept);
      expect([...runs.values()].map((run) => run.graph?.pipeline)).toEqual(kept.map((id) => `p${id}`));
      expect([...runs.values()].map(({ progress }) => progress.length)).toEqual(kept.map(() => 2));
      // It would be shown with each of those.
      expect([...model.actors.values()].map(({ rootId }) => rootId)).toEqual(kept);
      expect([...model.openSpans.values()].map(({ run }) => run)).toEqual(kept);
      expect(model.spans.map(({ run }) => run)).toEqual(kept);
      expect(model.problems.map(({ run }) => run)).toEqual([...kept, ...kept]);
      expect(model.counted?.writes).toBe(mostRuns);
    }
  });

  it('are known again when they begin to be watched again', () => {
    const again = [graph(300, 'r0', 'again'), look(301, 'r0', 1), lane(301, 'r0', 'r0 lane', 'flush')];
    const whole = reduce(emptyModel, [...all, ...again]);
    for (const model of [whole, reduce(reduce(emptyModel, all), again)]) {
      expect(ofRun(model, 'r0')).toMatchObject({ graph: { pipeline: 'again' }, progress: [{ at: 301 }] });
      expect([...ofRun(model, 'r0').openSpans.keys()]).toEqual(['r0 lane']);
    }
  });
});
