import type { OutputProgress, RunProgress } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { terminalProgress } from './terminal-progress.js';
import { fakeRun, output } from './testing/fake-run.js';
import { esc, fakeClock, fakeStream } from './testing/fake-terminal.js';

beforeEach(() => {
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('where nothing can be redrawn', () => {
  test('a plain line is printed at once, then one each second', () => {
    const { stream, writes, text } = fakeStream();
    const clock = fakeClock();
    const { run, set } = fakeRun();
    const display = terminalProgress(run, { stream, clock });
    expect(writes).toHaveLength(1);
    clock.advance(900);
    expect(writes).toHaveLength(1);
    set({ elapsedMs: 1000, rows: 1_250_000, bytes: 80e6, bytesHeld: 118e6 });
    clock.advance(100);
    expect(writes).toHaveLength(2);
    expect(writes[1]).toBe(
      '1.0 s  running  1,250,000 rows  1,250,000 rows/s  80.0 MB/s  118 MB held of 256 MB  routes active 0 B\n',
    );
    clock.advance(2000);
    expect(writes).toHaveLength(4);
    expect(text()).not.toContain(esc);
    display.stop();
  });

  test('a change of state is told without waiting for the second', () => {
    const { stream, writes } = fakeStream();
    const clock = fakeClock();
    const { run, set } = fakeRun();
    const display = terminalProgress(run, { stream, clock });
    set({ outputs: [output('routes', { state: 'done', bytesWritten: 8_100_000 })] });
    clock.advance(100);
    expect(writes).toHaveLength(2);
    expect(writes[1]).toContain('routes done 8.10 MB');
    display.stop();
  });

  describe('and outputs are many', () => {
    const many = (change: (n: number) => Partial<OutputProgress>): OutputProgress[] =>
      Array.from({ length: 2_000 }, (_, n) => output(`out-${n}`, change(n)));

    test('a line counts them by state and lists some that changed it, those that failed first', () => {
      const { stream, writes } = fakeStream();
      const clock = fakeClock();
      const { run, set } = fakeRun({ outputs: many(() => ({ state: 'queued' })) });
      const display = terminalProgress(run, { stream, clock });
      expect(writes[0]).toMatch(/ {2}2,000 outputs: 2,000 queued\n$/);
      set({ outputs: many((n) => ({ state: n === 1_500 ? 'failed' : n < 20 ? 'done' : 'active' })) });
      clock.advance(1_000);
      expect(writes[1]).toMatch(
        / {2}2,000 outputs: 1 failed, 1,979 active, 20 done {2}out-1500 failed 0 B, out-20 active 0 B, .* and 1,992 more /,
      );
      clock.advance(1_000);
      expect(writes[2]).toMatch(/ {2}2,000 outputs: 1 failed, 1,979 active, 20 done\n$/);
      for (const line of writes) expect(line.length).toBeLessThan(400);
      display.stop();
    });

    test('their changes wait for the second, but not the first failure, nor the state of the run', () => {
      const { stream, writes } = fakeStream();
      const clock = fakeClock();
      const { run, set } = fakeRun({ outputs: many(() => ({ state: 'queued' })) });
      const display = terminalProgress(run, { stream, clock });
      let done = 0;
      const finish = (change: Partial<RunProgress> = {}, failed = 0): void => {
        done += 10;
        set({
          outputs: many((n) => ({ state: n < failed ? 'failed' : n < done ? 'done' : 'queued' })),
          ...change,
        });
        clock.advance(100);
      };
      for (let look = 0; look < 9; look += 1) finish();
      expect(writes).toHaveLength(1);
      finish({}, 1);
      finish({}, 2);
      expect(writes).toHaveLength(2);
      finish({ state: 'flushing' }, 3);
      expect(writes).toHaveLength(3);
      expect(writes[1]).toContain('out-0 failed');
      expect(writes[2]).toContain('flushing');
      display.stop();
    });
  });

  test('a terminal that calls itself dumb gets lines', () => {
    vi.stubEnv('TERM', 'dumb');
    const { stream, text } = fakeStream({ isTTY: true, columns: 100, rows: 30 });
    terminalProgress(fakeRun().run, { stream, clock: fakeClock() }).stop();
    expect(text()).not.toContain(esc);
    expect(text()).toContain('running');
  });
});
