import type { Pipeline, Report } from '@tailrace/core';
import { describe, expect, it, vi } from 'vitest';
import { recorded } from '../testing/recorded.js';
import type { InspectorMessage } from './message.js';
import { createStream } from './stream.js';
import { type WatchedRun, watchRun } from './watch-run.js';

const clock = {
  now: () => 0,
  wallTime: () => 1,
  setTimeout: () => undefined,
  clearTimeout: () => {},
  yield: () => Promise.resolve(),
};

/** No more of it is read. */
const nothingDescribed = { name: 'p', nodes: [], edges: [], outputs: [] } as unknown as ReturnType<
  Pipeline['describe']
>;

describe('what is told of a run', () => {
  it('has targets and errors cut to size, without credentials', async () => {
    const told: InspectorMessage[] = [];
    const stream = createStream({ clock });
    stream.subscribe(({ message }) => told.push(message));
    const long = `s3://me:s3cr3t@host/${'a://'.repeat(10_000)}`;
    const report = {
      advice: { text: '' },
      outputs: [{ name: 'o', error: { code: 'STORE_FAILED', message: long } }],
    };
    const run = {
      actor: { sessionId: 'x:0' },
      progress: () => ({ sources: [], stages: [], outputs: [] }),
      settled: Promise.resolve(report as unknown as Report), // No more of it is read.
    };
    const described = { name: 'p', nodes: [], edges: [], outputs: [{ name: 'o', from: 's', target: long }] };
    watchRun(
      stream,
      run as unknown as WatchedRun, // No more of it is read.
      described as unknown as ReturnType<Pipeline['describe']>, // As little of this.
      { clock, everyMs: 1, memoryBytes: () => 0 },
    );
    await run.settled;
    const graph = told.find(({ type }) => type === '@tailrace.graph');
    const last = told.find(({ type }) => type === '@tailrace.report');
    const clean = expect.stringMatching(/^s3:\/\/\*\*\*@host\/a:.* \[\.\.\. \d+ more\]$/);
    expect(graph).toMatchObject({ outputs: [{ target: clean }] });
    expect(last).toMatchObject({ outputs: [{ error: clean }] });
    for (const message of told) expect(JSON.stringify(message).length).toBeLessThan(10_000);
  });

  it('ends with a look that says so where a run breaks down without a report', async () => {
    const { stream, told } = recorded();
    const run = {
      actor: { sessionId: 'x:0' },
      progress: () => ({ state: 'running', sources: [], stages: [], outputs: [] }),
      settled: Promise.reject(new Error('it cannot even tell what it has done')),
    };
    watchRun(
      stream,
      run as unknown as WatchedRun, // No more of it is read.
      nothingDescribed,
      { clock, everyMs: 1, memoryBytes: () => 0 },
    );
    expect(told.at(-1)).toMatchObject({ type: '@tailrace.progress', state: 'running' });
    await expect(run.settled).rejects.toThrow();
    expect(told.at(-1)).toMatchObject({ type: '@tailrace.progress', state: 'broken' });
    expect(told.filter(({ type }) => type === '@tailrace.progress')).toHaveLength(2);
  });

  it.each(['breaks down', 'has a report'])(
    'ends with the last look where a run %s and cannot tell its progress any more',
    async (how) => {
      const { stream, told } = recorded();
      let ticked = (): void => {};
      let isBroken = false;
      const report = { state: 'failed', advice: { text: '' }, outputs: [] };
      const run = {
        actor: { sessionId: 'x:0' },
        progress: () => {
          if (isBroken) throw new Error('it cannot even tell what it has done');
          return { state: 'running', elapsedMs: 7, sources: [], stages: [], outputs: [] };
        },
        settled: how === 'breaks down' ? Promise.reject(new Error('broken')) : Promise.resolve(report),
      };
      const setTimeout = (callback: () => void): void => {
        ticked = callback;
      };
      watchRun(
        stream,
        run as unknown as WatchedRun, // No more of it is read.
        nothingDescribed,
        { clock: { ...clock, setTimeout }, everyMs: 1, memoryBytes: () => 0 },
      );
      isBroken = true;
      ticked();
      await Promise.allSettled([run.settled]);
      const looks = told.filter(({ type }) => type === '@tailrace.progress');
      expect(looks).toHaveLength(3);
      expect(looks.at(-1)).toMatchObject({
        elapsedMs: 7,
        state: how === 'breaks down' ? 'broken' : 'running',
      });
      expect(told.at(-1)?.type).toBe(how === 'breaks down' ? '@tailrace.progress' : '@tailrace.report');
    },
  );

  it('warns where the end of a run cannot be told: what nobody catches would end the process', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { stream } = recorded();
    const run = {
      actor: { sessionId: 'x:0' },
      progress: () => ({ state: 'running', sources: [], stages: [], outputs: [] }),
      settled: Promise.reject(new Error('broken')),
    };
    watchRun(
      stream,
      run as unknown as WatchedRun, // No more of it is read.
      nothingDescribed,
      { clock, everyMs: 1, memoryBytes: () => 0 },
    );
    stream.subscribe(() => {
      throw new Error('no room at s3://me:s3cr3t@host');
    });
    await Promise.allSettled([run.settled]);
    await Promise.resolve();
    const said = 'The inspector cannot tell the end of run x:0: no room at s3://***@host.';
    expect(warned.mock.calls.map(([first]) => first)).toEqual([said]);
    warned.mockRestore();
  });

  it('has a look at once when a worker has crashed, so that its numbers are no older than the crash', () => {
    const told: InspectorMessage[] = [];
    const stream = createStream({ clock });
    stream.subscribe(({ message }) => told.push(message));
    const due: number[] = [];
    let next = (): void => {};
    const setTimeout = (callback: () => void, delayMs: number): undefined => {
      due.push(delayMs);
      next = callback;
    };
    const run = {
      actor: { sessionId: 'x:0' },
      progress: () => ({ sources: [], stages: [], outputs: [] }),
      settled: new Promise(() => {}),
    };
    const stop = watchRun(
      stream,
      run as unknown as WatchedRun, // No more of it is read.
      nothingDescribed,
      { clock: { ...clock, setTimeout }, everyMs: 250, memoryBytes: () => 0 },
    );
    const problem = { type: '@tailrace.problem', at: 1, id: 'x:1', name: 'w1', code: '', text: '' } as const;
    stream.tell({ ...problem, state: 'retrying' });
    expect(due).toEqual([250]);
    stream.tell({ ...problem, state: 'crashed' });
    expect(due).toEqual([250, 0]);
    told.length = 0;
    next();
    expect(told.map(({ type }) => type)).toEqual(['@tailrace.progress']);
    expect(due).toEqual([250, 0, 250]);
    stop();
    stream.tell({ ...problem, state: 'crashed' });
    expect(due).toHaveLength(3);
  });
});
