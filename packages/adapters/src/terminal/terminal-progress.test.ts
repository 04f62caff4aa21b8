import { describe, expect, test, vi } from 'vitest';
import { terminalProgress } from './terminal-progress.js';
import { fakeRun, withResolvers } from './testing/fake-run.js';
import { fakeClock, fakeStream } from './testing/fake-terminal.js';

test('without a stream it goes to the standard error, never to the standard output, which may be data', () => {
  const onError = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const onOutput = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const display = terminalProgress(fakeRun().run, { clock: fakeClock() });
  display.stop();
  const [lines, others] = [onError.mock.calls.length, onOutput.mock.calls.length];
  vi.restoreAllMocks();
  expect([lines, others]).toEqual([2, 0]);
});

describe('the end', () => {
  test.each(['done', 'failed'])(
    'of a run that is %s ends the display with a last frame and no timer',
    async (ending) => {
      const { stream, writes, listeners } = fakeStream();
      const clock = fakeClock();
      const { run, set, end } = fakeRun();
      terminalProgress(run, { stream, clock });
      set({ state: ending === 'done' ? 'completed' : 'failed', rows: 42 });
      if (ending === 'done') end.resolve();
      else end.reject(new Error('routes failed'));
      await run.completed.catch(() => {});
      expect(writes.at(-1)).toContain('42 rows');
      expect(clock.timers).toBe(0);
      expect(listeners.size).toBe(0);
      clock.advance(10_000);
      expect(writes).toHaveLength(2);
    },
  );

  test('comes before whoever awaits that the run is settled goes on, and writes beneath it', async () => {
    const { stream, writes } = fakeStream();
    const settled = withResolvers();
    terminalProgress({ ...fakeRun().run, settled: settled.promise }, { stream, clock: fakeClock() });
    settled.resolve();
    await settled.promise;
    expect(writes).toHaveLength(2);
  });

  test('comes once, however often it is asked for', () => {
    const { stream, writes } = fakeStream();
    const display = terminalProgress(fakeRun().run, { stream, clock: fakeClock() });
    display.stop();
    display.stop();
    expect(writes).toHaveLength(2);
  });

  test('comes quietly when the stream cannot be written to any more', () => {
    const { stream, writes, listeners } = fakeStream();
    const clock = fakeClock();
    const display = terminalProgress(fakeRun().run, { stream, clock });
    for (const listener of listeners) listener(new Error('write EPIPE'));
    clock.advance(10_000);
    display.stop();
    expect(writes).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });
});
