import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyModel, reduce } from '../model/model.js';
import { collectGarbage } from '../testing/collect-garbage.js';
import { createHistory } from './history.js';
import type { ActorMessage, InspectorMessage, SnapshotMessage } from './message.js';

const base = { rootId: 'r', createdAt: '1', id: null, _version: '0.7.2' };
const actor = (sessionId: string): ActorMessage => ({
  type: '@xstate.actor',
  ...base,
  sessionId,
  name: sessionId,
  definition: '{}',
  snapshot: { status: 'active' },
});
const snapshot = (sessionId: string, value: string, status = 'active'): SnapshotMessage => ({
  type: '@xstate.snapshot',
  ...base,
  sessionId,
  event: { type: 'e' },
  snapshot: { status, value },
});

/** What a late joiner knows of living actors: id and last state. */
function known(messages: Iterable<{ readonly message: InspectorMessage }>): Map<string, unknown> {
  const states = new Map<string, unknown>();
  for (const { message } of messages) {
    if (message.type !== '@xstate.actor' && message.type !== '@xstate.snapshot') continue;
    // The snapshots of these tests are records.
    const { status, value } = message.snapshot as { status: string; value?: string };
    if (message.type === '@xstate.snapshot' && !states.has(message.sessionId)) continue;
    if (status === 'active') states.set(message.sessionId, value);
    else states.delete(message.sessionId);
  }
  return states;
}

const step = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  what: fc.constantFrom('arrive', 'move', 'end'),
  value: fc.constantFrom('one', 'two', 'three'),
});

describe('the history of a stream', () => {
  it('tells late joiners every living actor with its last state, whatever was forgotten', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        fc.integer({ min: 0, max: 4_000 }),
        (steps, limitBytes) => {
          const cut = createHistory({ limitBytes });
          const whole = createHistory();
          for (const { id, what, value } of steps) {
            const message =
              what === 'arrive' ? actor(id) : snapshot(id, value, what === 'end' ? 'done' : 'active');
            cut.add(message);
            whole.add(message);
          }
          expect(cut.bytes).toBeLessThanOrEqual(limitBytes);
          expect(known(cut.entries())).toEqual(known(whole.entries()));
        },
      ),
    );
  });

  it('remembers no more living actors than it may', () => {
    const history = createHistory({ limitBytes: 0, actors: 3 });
    for (let n = 0; n < 10; n += 1) history.add(actor(`a${n}`));
    expect([...known(history.entries()).keys()]).toEqual(['a7', 'a8', 'a9']);
    expect(history.dropped).toBe(10);
  });

  it('keeps its bytes within the limit over any number of messages', () => {
    const history = createHistory({ limitBytes: 10_000 });
    for (let n = 0; n < 20_000; n += 1) history.add(snapshot('a', `s${n}`));
    const texts = [...history.entries()].map(({ text }) => text);
    expect(history.bytes).toBe(texts.reduce((sum, text) => sum + 2 * text.length, 0));
    expect(history.bytes).toBeGreaterThan(9_000);
    expect(texts.at(-1)).toContain('s19999');
  });

  it('holds nothing of what it has forgotten', async () => {
    const history = createHistory({ limitBytes: 10_000 });
    const refs: WeakRef<InspectorMessage>[] = [];
    for (let n = 0; n < 2_000; n += 1) refs.push(new WeakRef(history.add(snapshot('a', `s${n}`)).message));
    // What a turn has looked at is held until it is over.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    const held = refs.filter((ref) => ref.deref() !== undefined).length;
    // Some may still stand in a register; while empty slots were kept, it was all of them.
    expect(held).toBeLessThan([...history.entries()].length + 50);
  });

  it('remembers living actors within as many bytes again, at least 1 MiB, whatever their charts weigh', () => {
    const history = createHistory({ limitBytes: 0 });
    for (let n = 0; n < 100; n += 1) {
      history.add({ ...actor(`a${n}`), definition: `${n}${'x'.repeat(50_000)}` });
      history.add(snapshot(`a${n}`, 'y'.repeat(1_000)));
      expect(history.bytesBeyond).toBeLessThanOrEqual(1_048_576);
    }
    const told = [...history.entries()];
    expect(told.length).toBeGreaterThan(5);
    const size = told.reduce((sum, { text }) => sum + 2 * text.length, 0);
    expect(size).toBeLessThanOrEqual(1_048_576);
    expect([...known(told).keys()].at(-1)).toBe('a99');
  });

  it('holds the chart that many actors share once', () => {
    const history = createHistory({ limitBytes: 0 });
    const definition = 'x'.repeat(100_000);
    for (let n = 0; n < 100; n += 1) history.add({ ...actor(`a${n}`), definition });
    expect(known(history.entries()).size).toBe(100);
    for (let n = 0; n < 100; n += 1) history.add(snapshot(`a${n}`, 'end', 'done'));
    expect(history.bytesBeyond).toBe(0);
  });

  it('tells late joiners how much of each run was only counted, of a hundred of them', () => {
    const history = createHistory({ limitBytes: 0 });
    const summary = (n: number, writes: number): InspectorMessage => ({
      type: '@tailrace.summary',
      at: n,
      run: `r${n}`,
      writes,
      actors: writes,
    });
    for (let n = 0; n < 150; n += 1) for (const writes of [1, 2]) history.add(summary(n, writes));
    const told = Array.from(history.entries(), ({ message }) => message);
    expect(told).toEqual(Array.from({ length: 100 }, (_, n) => summary(50 + n, 2)));
    expect(reduce(emptyModel, told).counted?.writes).toBe(200);
  });

  it('keeps nothing of runs that were too many at once, however long they go on', () => {
    const history = createHistory({ limitBytes: 0 });
    const ids = Array.from({ length: 25 }, (_, n) => `r${n}`);
    for (const [at, kind] of (['graph', 'progress', 'progress', 'report'] as const).entries())
      for (const run of ids) history.add(of(whole(kind, at + 1), run));
    const told = Array.from(history.entries(), ({ message }) => message);
    const kept = ids.slice(5);
    for (const type of ['@tailrace.graph', '@tailrace.progress', '@tailrace.report'] as const)
      expect(told.flatMap((each) => (each.type === type ? [each.run] : []))).toEqual(kept);
    expect(told).toHaveLength(61);
  });

  it('tells late joiners nothing of the actors and lanes of runs that were too many, and that they were', () => {
    const history = createHistory({ limitBytes: 600 });
    const about = (run: string, at: number): InspectorMessage[] => [
      { ...actor(run), rootId: run },
      of(whole('graph', at), run),
      { ...actor(`${run} child`), rootId: run, parentId: run },
      { type: '@tailrace.lane', at, run, id: `${run} child`, lane: 'w1', name: 'w1', doing: 'compute' },
      of(whole('summary', at), run),
    ];
    for (let n = 0; n < 22; n += 1) for (const message of about(`r${n}`, n + 1)) history.add(message);
    // What is told later of one that has gone: its id is all that is known of it.
    for (const message of about('r0', 30)) if (message.type !== '@tailrace.graph') history.add(message);
    for (let n = 0; n < 9; n += 1) history.add(snapshot('nobody', 'x'.repeat(100)));
    const told = Array.from(history.entries(), ({ message }) => message);
    expect(told[0]).toEqual({ type: '@tailrace.gone', at: 22, runs: ['r0', 'r1'] });
    const page = reduce(emptyModel, told);
    expect([...page.goneRuns]).toEqual(['r0', 'r1']);
    expect([...page.runs.keys()]).toEqual(Array.from({ length: 20 }, (_, n) => `r${n + 2}`));
    expect(page.actors.size).toBe(40);
    expect(page.openSpans.size).toBe(20);
    expect(page.summaries.size).toBe(20);
    for (const { rootId } of page.actors.values()) expect(page.goneRuns).not.toContain(rootId);
  });

  it('holds no more for more runs, whatever they leave behind', () => {
    const history = createHistory({ limitBytes: 0 });
    const bytesAfter = (runs: number): number => {
      for (let n = 0; n < runs; n += 1) {
        const run = `r${String(runs + n).padStart(5, '0')}`;
        history.add(of(whole('graph', 1), run));
        history.add({ ...actor(run), rootId: run });
      }
      return history.bytesBeyond;
    };
    const some = bytesAfter(1_000);
    expect(bytesAfter(8_000)).toBe(some);
    const [first] = history.entries();
    expect(first?.message).toMatchObject({ type: '@tailrace.gone', runs: { length: 1_000 } });
  });

  it('tells late joiners of the run that goes on, and nothing of an earlier one as a whole', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('graph', 'progress', 'report', 'summary')), (kinds) => {
        const cut = createHistory({ limitBytes: 0 });
        const all = kinds.map((kind, at) => whole(kind, at + 1));
        for (const message of all) cut.add(message);
        const late = reduce(
          emptyModel,
          Array.from(cut.entries(), ({ message }) => message),
        );
        const early = reduce(emptyModel, all);
        expect(late.graph).toEqual(early.graph);
        expect(late.report).toEqual(early.report);
        expect(late.counted).toEqual(early.counted);
        expect(late.progress.at(-1)).toEqual(early.progress.at(-1));
      }),
    );
  });
});

/** As it is said of one run among several. */
const of = (message: InspectorMessage, run: string): InspectorMessage => Object.assign(message, { run });

/** What is said of a run as a whole. */
function whole(kind: 'graph' | 'progress' | 'report' | 'summary', at: number): InspectorMessage {
  const no = { rows: 0, bytes: 0, bytesHeld: 0, bytesLimit: 0, bytesHighWater: 0, bytesLowWater: 0 };
  switch (kind) {
    case 'graph':
      return { type: '@tailrace.graph', at, pipeline: `p${at}`, nodes: [], edges: [], outputs: [] };
    case 'summary':
      return { type: '@tailrace.summary', at, writes: at, actors: at };
    case 'progress':
      return {
        type: '@tailrace.progress',
        ...no,
        at,
        elapsedMs: 0,
        state: 's',
        memoryBytes: 0,
        stages: [],
        outputs: [],
      };
    case 'report': {
      const times = { elapsedMs: 0, computeMs: 0, writeMs: 0, blockedMs: 0, tailMs: 0 };
      return {
        type: '@tailrace.report',
        at,
        ...no,
        ...times,
        state: 's',
        workers: 0,
        advice: '',
        outputs: [],
      };
    }
  }
}
