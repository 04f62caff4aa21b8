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
  change: { rows?: number; retrying?: number; paused?: number; state?: string } = {},
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
  stages: [],
  outputs: [
    {
      name: 'o',
      state: 'active',
      rows: change.rows ?? 1,
      heldBytes: 0,
      bytesWritten: 0,
      active: 0,
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

  it('names writing where stages were blocked, for the share of the last three seconds', () => {
    const messages = [
      lane(1_000, 'main', 'blocked'),
      lane(5_000, 'main', 'compute'),
      lane(7_000, 'main', 'blocked'),
    ];
    expect(verdict(...messages, look(8_500))).toMatchObject({
      tone: 'slow',
      text: expect.stringContaining('Writing is the bottleneck: for 50 %'),
    });
    expect(verdict(lane(1_000, 'main', 'compute'), look(8_500))?.tone).toBe('good');
  });

  it('names computing where writers had nothing to do', () => {
    const messages = [
      lane(1_000, 'w1', 'waiting'),
      lane(1_000, 'w2', 'waiting'),
      lane(8_000, 'w2', 'encode'),
    ];
    expect(verdict(...messages, look(9_000))?.text).toBe(
      'Computing is the bottleneck: for 83 % of the last 3 s writers had nothing to do.',
    );
  });

  it('says for how long it has looked, and what goes on before sources are read', () => {
    expect(verdict(lane(1_000, 'main', 'blocked'), look(2_400))?.text).toContain(
      'for 100 % of the last 1.4 s',
    );
    expect(verdict(look(1_100, { rows: 0, state: 'idle' }))?.text).toBe(
      'The run starts: workers start, and targets are opened.',
    );
    expect(verdict(look(1_100, { rows: 0 }))?.text).toContain('The first rows are being read');
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
    expect(['main', 'w1', 'daily~3'].map(labelOf)).toEqual(['main thread', 'worker w1', 'output daily']);
  });
});
