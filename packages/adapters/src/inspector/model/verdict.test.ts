import { describe, expect, it } from 'vitest';
import type { InspectorMessage, LaneMessage, ProblemMessage, ReportMessage } from '../stream/message.js';
import { labelOf, lanesOf, laneTimesOf } from './gantt.js';
import { emptyModel, reduce } from './model.js';
import { groupsOf } from './problem-groups.js';
import { type Verdict, verdictOf } from './verdict.js';

const graph: InspectorMessage = {
  type: '@tailrace.graph',
  at: 1_000,
  pipeline: 'p',
  nodes: [],
  edges: [],
  outputs: [],
};
const lane = (at: number, id: string, doing: string | null): LaneMessage => ({
  type: '@tailrace.lane',
  at,
  id,
  lane: id,
  name: id,
  doing,
});
const look = (
  at: number,
  change: {
    rows?: number;
    retrying?: number;
    paused?: number;
    state?: string;
    workers?: number | undefined;
    /** Milliseconds so far. */
    busy?: number;
    read?: number;
    blocked?: number;
    heldUp?: number;
    written?: number;
    active?: number;
  } = {},
): InspectorMessage => ({
  type: '@tailrace.progress',
  at,
  elapsedMs: at,
  state: change.state ?? 'running',
  bytesHeld: 0,
  bytesLimit: 4,
  bytesHighWater: 3,
  bytesLowWater: 2,
  memoryBytes: 0,
  workers: 'workers' in change ? change.workers : 2,
  stages: [
    {
      name: 's',
      state: 'running',
      rows: 0,
      busyMs: change.busy ?? 0,
      readMs: change.read ?? 0,
      blockedMs: change.blocked ?? 0,
      heldUpMs: change.heldUp ?? 0,
    },
    { name: 'stage without times', state: 'running', rows: 0 },
  ],
  outputs: [
    {
      name: 'o',
      state: 'active',
      rows: change.rows ?? 1,
      heldBytes: 0,
      bytesWritten: 0,
      busyMs: change.written ?? 0,
      active: change.active ?? 1,
      retrying: change.retrying ?? 0,
      paused: change.paused ?? 0,
      prepared: 0,
      failed: 0,
    },
  ],
});
const problem = (at: number, name: string, state: string, text: string): ProblemMessage => ({
  type: '@tailrace.problem',
  at,
  id: name,
  name,
  state,
  code: 'C',
  text,
});
const verdict = (...messages: readonly InspectorMessage[]): Verdict | undefined =>
  verdictOf(reduce(emptyModel, [graph, ...messages]));

describe('the verdict', () => {
  it('is none where no run is watched', () => {
    expect(verdictOf(emptyModel)).toBeUndefined();
    expect(verdictOf(reduce(emptyModel, [lane(1, 'main', 'compute')]))).toBeUndefined();
  });

  it.each([
    [
      'writing',
      { blocked: 1_500, busy: 900, read: 300, written: 2_850 },
      'Writing is the bottleneck: for 50 % of the last 3 s stages waited for memory that writers hold ' +
        '(reading 10 %, computing 30 %, writing 95 %).',
    ],
    [
      'reading',
      { read: 2_460, busy: 210, written: 420 },
      'Reading is the bottleneck: for 82 % of the last 3 s all waited for sources (computing 7 %, writing 14 %).',
    ],
    [
      'computing',
      { read: 30, busy: 2_940, written: 60 },
      'Computing is the bottleneck: for 98 % of the last 3 s stages were at work (reading 1 %, writing 2 %).',
    ],
    [
      'a stage that takes rows at its own pace',
      { blocked: 2_700, heldUp: 2_700, busy: 90, written: 90 },
      'A stage is the bottleneck: for 90 % of the last 3 s sources waited for one that takes rows at its own pace ' +
        '(reading 0 %, computing 3 %, writing 3 %).',
    ],
    [
      'none, where writers are as busy as stages',
      { blocked: 300, busy: 2_400, read: 90, written: 2_700 },
      'Balanced: of the last 3 s reading 3 %, computing 80 %, writing 90 %.',
    ],
    [
      'none, where reading and computing take as long',
      { busy: 1_350, read: 1_350, written: 600 },
      'Balanced: of the last 3 s reading 45 %, computing 45 %, writing 20 %.',
    ],
    [
      'one thread, without workers',
      { workers: 0, busy: 900, read: 600, written: 1_800 },
      'Everything runs on the main thread, one after the other: of the last 3 s reading 20 %, computing 30 %, writing 50 %. ' +
        'With workers, writing goes on beside the rest.',
    ],
  ] as const)(
    'names what holds a run up by what the last three seconds were spent on: %s',
    (_what, change, text) => {
      const { workers = 2 } = { workers: undefined, ...change };
      const after = (ms: number, part: number): InspectorMessage => {
        const grown = Object.entries(change).map(([name, value]) => [
          name,
          name === 'workers' ? value : value * part,
        ]);
        return look(ms, { workers, ...Object.fromEntries(grown) });
      };
      // What was before those seconds counts for nothing.
      const before = look(2_000, { workers });
      expect(verdict(before, after(5_000, 0), after(6_500, 0.25), after(8_000, 1))?.text).toBe(text);
    },
  );

  it('takes no worker for a writer for which there is no write, and no source that waits for what is done beside it', () => {
    const text = (written: number, active: number): string | undefined =>
      verdict(look(5_000, { active }), look(8_000, { busy: 2_400, read: 2_700, written, active }))?.text;
    expect(text(1_500, 1)).toContain('(reading 20 %, writing 50 %)');
    expect(text(1_500, 2)).toContain('(reading 20 %, writing 25 %)');
  });

  it('says for how long it has looked, and what goes on before that is long enough', () => {
    const reading = (ms: number, rows: number): string | undefined =>
      verdict(
        look(1_000, { rows: 0, state: 'idle' }),
        look(1_100, { rows: 0 }),
        look(1_100 + ms, { rows, read: ms }),
      )?.text;
    expect(reading(1_400, 1)).toContain('Reading is the bottleneck: for 100 % of the last 1.4 s');
    expect(reading(400, 1)).toBe('Rows are being read, computed and written.');
    // The first batch may take long to become full.
    expect(reading(1_400, 0)).toContain('The first rows are being read');
    expect(reading(2_400, 0)).toContain('Reading is the bottleneck');
    expect(verdict(look(1_100, { rows: 0, state: 'idle' }))?.text).toBe(
      'The run starts: workers start, and targets are opened.',
    );
  });

  it('names nothing in a recording that has no times', () => {
    const old = (at: number): InspectorMessage => look(at, { workers: undefined });
    expect(verdict(old(5_000), old(8_000))).toEqual({
      tone: 'good',
      text: 'Rows are being read, computed and written.',
    });
  });

  it('tells of a crash for a while, and of writes that wait to be tried again', () => {
    const crash = problem(8_000, 'w1', 'crashed', 'Exited with code 3.\n  caused by: x');
    expect(verdict(crash, look(9_000))).toEqual({
      tone: 'bad',
      text: 'Worker w1 has crashed; another thread takes its place. Exited with code 3.',
    });
    expect(verdict(crash, look(12_000))?.tone).toBe('good');
    const storm = verdict(problem(8_000, 'o~1/0', 'retrying', 'disk'), look(9_000, { retrying: 2 }));
    const full = verdict(problem(8_000, 'o~1/0', 'paused', 'no room'), look(99_000, { paused: 1 }));
    expect(full).toEqual({ tone: 'bad', text: '1 write waits for room on a full disk. no room' });
    expect(storm).toEqual({ tone: 'bad', text: '2 writes wait to be tried again. disk' });
  });

  it('of a run that is over is its advice, or what was not written', () => {
    const report: ReportMessage = {
      type: '@tailrace.report',
      at: 9_000,
      state: 'completed',
      elapsedMs: 1,
      rows: 1,
      bytes: 1,
      workers: 1,
      computeMs: 1,
      writeMs: 1,
      blockedMs: 0,
      tailMs: 0,
      advice: 'Balanced.',
      outputs: [
        { name: 'a', state: 'done', rows: 1, bytes: 1, writes: 1, attempts: 1 },
        { name: 'b', state: 'failed', rows: 1, bytes: 1, writes: 1, attempts: 1 },
      ],
    };
    expect(verdict(report)).toEqual({ tone: 'good', text: 'Balanced.' });
    const [first, ...others] = report.outputs;
    const again = first === undefined ? [] : [{ ...first, attempts: 3 }, ...others];
    expect(verdict({ ...report, outputs: again })).toEqual({
      tone: 'slow',
      text: '2 attempts have failed and were made again, see below. Balanced.',
    });
    expect(verdict({ ...report, state: 'failed' })).toEqual({
      tone: 'bad',
      text: 'The run has failed. Not written: b.',
    });
  });
});

describe('problems', () => {
  it('that say the same of one output are one, the latest first', () => {
    const groups = groupsOf([
      problem(1, 'a~1/0', 'retrying', 'write 0, attempt 1 failed'),
      problem(2, 'b~2/0', 'retrying', 'write 0, attempt 1 failed'),
      problem(3, 'a~1/7', 'retrying', 'write 7, attempt 2 failed'),
      problem(4, 'a~1', 'failed', 'gave up'),
    ]);
    expect(groups.map(({ last, count, firstAt }) => [last.name, last.state, count, firstAt])).toEqual([
      ['a~1', 'failed', 1, 4],
      ['a~1/7', 'retrying', 2, 1],
      ['b~2/0', 'retrying', 1, 2],
    ]);
  });
});

describe('problems of one output that differ', () => {
  const said = (...texts: readonly string[]): number[] =>
    groupsOf(texts.map((text, at) => problem(at, `a~1/${at}`, 'retrying', text))).map(({ count }) => count);

  it('in a number that is not their own are told apart', () => {
    expect(said('status 403', 'status 503', 'status 503')).toEqual([2, 1]);
  });

  it('in the number of their write, of their attempt or of their part only say the same', () => {
    expect(
      said(
        'The sink of output a~1, write 0, attempt 1 failed to flush: part-00000-1-000-5f2a9c01b7de.csv',
        'The sink of output a~1, write 1, attempt 2 failed to flush: part-00001-2-000-5f2a9c01b7de.csv',
      ),
    ).toEqual([2]);
    expect(said('write 7 is at fault', 'write 1 is at fault')).toEqual([1, 1]);
  });

  it('in the thread of their worker only say the same', () => {
    const crash = (text: string): ProblemMessage => problem(1, 'w1', 'crashed', text);
    const groups = groupsOf([
      crash('Worker w1.1 exited with code 3.'),
      crash('Worker w1.2 exited with code 3.'),
    ]);
    expect(groups).toHaveLength(1);
    expect(
      groupsOf([crash('Worker w1.1 exited with code 3.'), crash('Worker w1.1 exited with code 4.')]),
    ).toHaveLength(2);
  });
});

describe('times of lanes', () => {
  it('add up what each did, and count what lasts on until now', () => {
    const model = reduce(emptyModel, [
      lane(1_000, 'w1', 'encode'),
      lane(1_400, 'w1', 'waiting'),
      lane(1_500, 'w1', 'encode'),
      lane(2_000, 'main', 'compute'),
    ]);
    expect(laneTimesOf(lanesOf(model), model.to)).toEqual([
      { lane: 'main', doing: 'compute', spans: 1, ms: 0 },
      { lane: 'w1', doing: 'encode', spans: 2, ms: 900 },
      { lane: 'w1', doing: 'waiting', spans: 1, ms: 100 },
    ]);
    expect(['main', 'w1', 'q1'].map(labelOf)).toEqual(['main thread', 'worker w1', 'suspect write q1']);
    expect(labelOf('daily~3')).toBe('output daily');
  });
});
