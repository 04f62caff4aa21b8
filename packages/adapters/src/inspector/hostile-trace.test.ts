// A file that is damaged, or was made to do harm: it is refused, or everything that the page computes of it has an end.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activePaths, chartOf } from './model/chart.js';
import { lanesOf, laneTimesOf } from './model/gantt.js';
import { emptyModel, reduce } from './model/model.js';
import { groupsOf } from './model/problem-groups.js';
import { ratesOf } from './model/rates.js';
import { seriesOf } from './model/series.js';
import { treeOf } from './model/tree.js';
import { verdictOf } from './model/verdict.js';
import { brief, bytes, count, duration, lastState, stateText } from './page/format.js';
import type { InspectorMessage } from './stream/message.js';
import { readTrace, traceOf } from './stream/trace-file.js';

const at = 1_700_000_000_000;
const actor = { sessionId: 'x:1', rootId: 'x:0', createdAt: String(at), id: null, _version: '0.7.2' };
const good: readonly InspectorMessage[] = [
  {
    type: '@tailrace.graph',
    at,
    pipeline: 'p',
    nodes: [{ name: 's', kind: 'source' }],
    edges: [{ from: 's', to: 's' }],
    outputs: [{ name: 'o', from: 's', target: 'o.csv' }],
  },
  {
    type: '@xstate.actor',
    ...actor,
    name: 'write',
    parentId: 'x:0',
    definition: '{"states":{"a":{}}}',
    snapshot: { status: 'active', value: { up: 'idle' } },
  },
  { type: '@xstate.event', ...actor, event: { type: 'go' }, sourceId: 'x:0' },
  { type: '@xstate.snapshot', ...actor, event: { type: 'go' }, snapshot: { status: 'active', value: 'a' } },
  { type: '@tailrace.lane', at, id: 'x:1', lane: 'w1', name: 'write', doing: 'backoff' },
  { type: '@tailrace.lane', at: at + 1, id: 'x:1', lane: 'w1', name: 'write', doing: null },
  { type: '@tailrace.problem', at, id: 'x:1', name: 'write', state: 'retrying', code: 'C', text: 'why' },
  { type: '@tailrace.summary', at, writes: 1, actors: 2 },
  ...[at, at + 500].map(
    (when): InspectorMessage => ({
      type: '@tailrace.progress',
      at: when,
      elapsedMs: 1,
      state: 'running',
      bytesHeld: 1,
      bytesLimit: 2,
      bytesHighWater: 2,
      bytesLowWater: 1,
      memoryBytes: 3,
      stages: [{ name: 's', state: 'running', rows: 1, totalRows: 2 }],
      outputs: [
        {
          name: 'o',
          state: 'open',
          rows: 1,
          heldBytes: 1,
          bytesWritten: 1,
          active: 1,
          retrying: 1,
          prepared: 0,
          failed: 0,
        },
      ],
    }),
  ),
  {
    type: '@tailrace.report',
    at,
    state: 'failed',
    elapsedMs: 1,
    rows: 1,
    bytes: 1,
    workers: 1,
    computeMs: 1,
    writeMs: 1,
    blockedMs: 1,
    tailMs: 1,
    advice: 'none',
    outputs: [{ name: 'o', state: 'failed', rows: 1, bytes: 1, writes: 1, attempts: 1, error: 'why' }],
  },
];

const fileOf = (messages: unknown): string => JSON.stringify({ tailrace: { version: 1, messages } });
/** What the page computes and writes of messages; it throws where the page would break. */
function show(messages: readonly InspectorMessage[]): void {
  const model = reduce(emptyModel, messages);
  const lanes = lanesOf(model);
  laneTimesOf(lanes, model.to);
  treeOf(model.actors, { filter: 'a' });
  verdictOf(model);
  ratesOf(model.progress);
  seriesOf(model.progress, model.from);
  groupsOf(model.problems);
  for (const { name, definition, value } of model.actors.values()) {
    chartOf(definition);
    activePaths(value);
    name.toUpperCase();
    stateText(value).concat(lastState(value));
  }
  const numbers = (record: object): number[] =>
    Object.values(record).filter((value) => typeof value === 'number');
  for (const look of model.progress) {
    for (const { name, state, heldBytes, rows } of look.outputs) {
      name.concat(state, bytes(heldBytes), brief(rows));
    }
    for (const { name, state, rows } of look.stages) name.concat(state, brief(rows));
  }
  const report = model.report === undefined ? [] : [model.report, ...model.report.outputs];
  for (const value of [...model.progress, ...report].flatMap(numbers)) {
    expect(Number.isFinite(value)).toBe(true);
    bytes(value).concat(brief(value), count(value), duration(value));
  }
  for (const { name, target, from } of model.graph?.outputs ?? []) name.concat(target, from);
  for (const { name, kind } of model.graph?.nodes ?? []) name.concat(kind);
  for (const when of [model.from, model.to]) new Date(when).toISOString();
  JSON.stringify(traceOf(messages));
}

/** A value with one place within it replaced, which one is told by numbers. */
function damaged(value: unknown, path: readonly number[], by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return by;
  const names = Object.keys(value);
  const name = names[step % Math.max(1, names.length)];
  if (name === undefined) return by;
  const inner = damaged(Reflect.get(value, name), rest, by);
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === name ? inner : item));
  return { ...value, [name]: inner };
}

describe('a recorded run', () => {
  it('as it was told is shown', () => {
    show(readTrace(fileOf(good), 'trace.json'));
    expect(readTrace(fileOf(good), 'trace.json')).toEqual(good);
  });

  it('with any place damaged is refused or shown: the page computes all of it', () => {
    const hostile = fc.oneof(
      fc.constantFrom<unknown>(-1e300, 1e300, -1, null, {}, [], [{}], '', 'NaN', 'toString'),
      fc.jsonValue(),
    );
    let shown = 0;
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }), hostile, (path, by) => {
        let messages: readonly InspectorMessage[];
        try {
          messages = readTrace(fileOf(damaged(good, path, by)), 'trace.json');
        } catch (error) {
          expect(String(error)).toContain('its messages are damaged');
          return;
        }
        shown += 1;
        show(messages);
      }),
      { numRuns: 1_000 },
    );
    expect(shown).toBeGreaterThan(10);
  });

  it.each([
    ['fields of an output are missing', '"outputs":[{}]'],
    ['a number is too large to be one', '"rows":1e999'],
    ['a moment lies before there was time', '"at":-1e300'],
  ])('is refused when %s', (_, part) => {
    const name = part.slice(0, part.indexOf(':'));
    const text = fileOf(good).replace(new RegExp(`${name}:(\\[[^\\]]*\\]|[^,}]+)`), part);
    expect(text).toContain(part);
    expect(() => readTrace(text, 'trace.json')).toThrow('its messages are damaged');
  });

  it('is refused when a state lies deeper than functions can follow', () => {
    const value = `${'{"a":'.repeat(6_000)}"b"${'}'.repeat(6_000)}`;
    const snapshot = { type: '@xstate.snapshot', ...actor, event: null, snapshot: { value: 'here' } };
    const text = fileOf([snapshot]).replace('"here"', value);
    expect(() => readTrace(text, 'trace.json')).toThrow('its messages are damaged');
  });
});
