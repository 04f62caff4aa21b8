import { describe, expect, it } from 'vitest';
import type { RoundReport } from './contender.js';
import { type Entry, interleave } from './interleave.js';

const quiet: RoundReport = {
  seconds: 1,
  cpuSeconds: 1,
  othersSeconds: 0,
  peakRssBytes: 0,
  startRssBytes: 0,
  figures: {},
};

/** Contenders whose reports come from `report`; `log` has what happened. */
function scene(
  names: readonly string[],
  report: (name: string, call: number) => Partial<RoundReport> = () => ({}),
) {
  const log: string[] = [];
  const calls = new Map<string, number>();
  const entries = names.map(
    (name): Entry<number> => ({
      name,
      contender: {
        async round(round) {
          const call = (calls.get(name) ?? 0) + 1;
          calls.set(name, call);
          log.push(`${name} ${round}`);
          return { ...quiet, ...report(name, call) };
        },
      },
      input: (round) => round,
      async after(_, round) {
        log.push(`after ${name} ${round}`);
      },
    }),
  );
  return { entries, log, calls };
}

const options = { signal: new AbortController().signal, progress: () => {} };

describe('interleave', () => {
  it('asks every contender once per round, checks each at once, and counts no round of warming up', async () => {
    const { entries, log } = scene(['a', 'b'], (_, call) => ({ seconds: call }));
    const reports = await interleave(entries, { ...options, rounds: 2, warmUps: 1 });
    const rounds = log.filter((line) => !line.startsWith('after'));
    for (const [index, round] of [-1, 0, 1].entries()) {
      expect(rounds.slice(index * 2, index * 2 + 2).sort()).toEqual([`a ${round}`, `b ${round}`]);
    }
    for (const [index, line] of log.entries()) {
      if (!line.startsWith('after')) expect(log[index + 1]).toBe(`after ${line}`);
    }
    expect(reports.get('a')?.map(({ seconds }) => seconds)).toEqual([2, 3]);
  });

  it('lets no contender always follow the same other', async () => {
    const { entries, log } = scene(['a', 'b', 'c', 'd']);
    await interleave(entries, { ...options, rounds: 12 });
    const order = log.filter((line) => !line.startsWith('after')).map((line) => line.charAt(0));
    const before = new Set(
      order.flatMap((name, index) => (name === 'a' && index > 0 ? [order[index - 1]] : [])),
    );
    expect(before.size).toBeGreaterThan(1);
  });

  it('takes a round again while others use the machine, and keeps the least disturbed report', async () => {
    const others = [10, 0, 8, 9, 0.2, 9];
    const { entries, calls } = scene(['a'], (_, call) => ({
      othersSeconds: others[call - 1] ?? 0,
      seconds: call,
    }));
    const reports = await interleave(entries, { ...options, rounds: 1, warmUps: 2, tries: 3, pauseMs: 0 });
    expect(calls.get('a')).toBe(5);
    expect(reports.get('a')?.map(({ seconds }) => seconds)).toEqual([5]);
  });

  it('ends with the first check that fails', async () => {
    const { entries, log } = scene(['a']);
    const failing = entries.map((entry) => ({
      ...entry,
      after: () => Promise.reject(new Error('the file is wrong')),
    }));
    await expect(interleave(failing, { ...options, rounds: 3 })).rejects.toThrow('the file is wrong');
    expect(log).toEqual(['a -1']);
  });

  it('stops before the next round when the user gives up', async () => {
    const stop = new AbortController();
    const { entries, log } = scene(['a', 'b']);
    const stopping = entries.map((entry) => ({
      ...entry,
      after: async () => stop.abort(new Error('enough')),
    }));
    await expect(interleave(stopping, { ...options, signal: stop.signal, rounds: 3 })).rejects.toThrow(
      'enough',
    );
    expect(log).toHaveLength(1);
  });
});
