import { stripVTControlCharacters } from 'node:util';
import type { Clock, OutputProgress, RunProgress } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProgressSource } from './progress-source.js';
import type { TerminalStream } from './screen.js';
import { terminalProgress } from './terminal-progress.js';

/** Time that moves when told to, one timer after the other. */
function fakeClock(): Clock & { advance(ms: number): void; readonly timers: number } {
  let now = 0;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => now,
    wallTime: () => now,
    setTimeout(callback, delayMs) {
      const timer = { at: now + delayMs, callback };
      timers.push(timer);
      return timer;
    },
    clearTimeout(handle) {
      timers = timers.filter((timer) => timer !== handle);
    },
    yield: () => Promise.resolve(),
    get timers() {
      return timers.length;
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = timers.sort((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > end) break;
        timers.shift();
        now = next.at;
        next.callback();
      }
      now = end;
    },
  };
}

function fakeStream(size: { isTTY?: boolean; columns?: number; rows?: number } = {}) {
  const listeners = new Set<(error: Error) => void>();
  const writes: string[] = [];
  const stream: TerminalStream = {
    ...size,
    write(text, done) {
      if (text !== '') writes.push(text);
      done?.();
    },
    on: (_, listener) => listeners.add(listener),
    off: (_, listener) => listeners.delete(listener),
  };
  return { stream, writes, listeners, text: () => writes.join('') };
}

const output = (name: string, change: Partial<OutputProgress> = {}): OutputProgress => ({
  name,
  state: 'active',
  rows: 0,
  rejected: 0,
  heldBytes: 0,
  bytesWritten: 0,
  files: 0,
  writes: { queued: 0, active: 0, paused: 0, retrying: 0, prepared: 0, failed: 0 },
  ...change,
});

function fakeRun(change: Partial<RunProgress> = {}) {
  let progress: RunProgress = {
    state: 'running',
    elapsedMs: 0,
    rows: 0,
    bytes: 0,
    bytesHeld: 0,
    bytesLimit: 256e6,
    bytesHighWater: 192e6,
    bytesLowWater: 128e6,
    outputs: [output('routes')],
    sources: [],
    stages: [],
    ...change,
  };
  const end = withResolvers();
  const run: ProgressSource = { progress: () => progress, completed: end.promise };
  const set = (next: Partial<RunProgress>): void => {
    progress = { ...progress, ...next };
  };
  return { run, set, end };
}

/** Node 20 has no Promise.withResolvers. */
function withResolvers() {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  return { promise, resolve, reject };
}

beforeEach(() => {
  vi.stubEnv('NO_COLOR', undefined);
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** What begins every escape sequence. */
const esc = '\u001b';

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

  test('a terminal that calls itself dumb gets lines', () => {
    vi.stubEnv('TERM', 'dumb');
    const { stream, text } = fakeStream({ isTTY: true, columns: 100, rows: 30 });
    terminalProgress(fakeRun().run, { stream, clock: fakeClock() }).stop();
    expect(text()).not.toContain(esc);
    expect(text()).toContain('running');
  });
});

describe('on a terminal', () => {
  const terminal = { isTTY: true, columns: 120, rows: 30 };

  test('every frame rises over the lines of the one before and clears what is left of it', () => {
    const { stream, writes } = fakeStream(terminal);
    const clock = fakeClock();
    const { run, set } = fakeRun({ outputs: [output('routes'), output('daily')] });
    const display = terminalProgress(run, { stream, clock });
    clock.advance(100);
    set({ outputs: [output('routes')] });
    clock.advance(200);
    expect(writes).toHaveLength(4);
    const rises = writes.map((frame) => frame.split('\r')[0]);
    expect(rises).toEqual(['', `${esc}[4A`, `${esc}[4A`, `${esc}[3A`]);
    for (const frame of writes) expect(frame.endsWith('\u001b[J')).toBe(true);
    display.stop();
  });

  test('the picture tells rows, speed, bytes held, what is read and every output', () => {
    const { stream, text } = fakeStream(terminal);
    const { run } = fakeRun({
      elapsedMs: 2000,
      rows: 500_000,
      bytes: 32e6,
      bytesHeld: 128e6,
      sources: [
        { name: 'raw', rows: 750_000, totalRows: 3_000_000 },
        { name: 'ticks', rows: 5_000, droppedItems: 1_200, rejectedRows: 3 },
      ],
      outputs: [
        output('routes', {
          rows: 500_000,
          rejected: 17,
          bytesWritten: 12_300_000,
          files: 52,
          writes: { queued: 1, active: 2, paused: 0, retrying: 1, prepared: 4, failed: 0 },
        }),
        output('daily', { state: 'queued' }),
      ],
    });
    terminalProgress(run, { stream, clock: fakeClock(), colours: false });
    const lines = stripVTControlCharacters(text()).trim().split('\n');
    expect(lines).toEqual([
      'running   2.0 s  500,000 rows  250,000 rows/s  16.0 MB/s',
      '          █████░░░░░  128 MB held of 256 MB  12.3 MB written',
      '  raw     source     ███░░░░░░░░░  25 %  750,000 of 3,000,000 rows',
      '  ticks   source     5,000 rows read  1,200 dropped  3 rejected',
      '  routes  active     ██████░░░░░░   4/8  500,000 rows  12.3 MB  52 files  17 rejected  2 writing  1 queued  1 retrying',
      '  daily   queued     ░░░░░░░░░░░░   0/0  0 rows  0 B',
    ]);
  });

  test('what is left is told where the source knows its size, on lines too', () => {
    const { stream, text } = fakeStream();
    const clock = fakeClock();
    const { run, set } = fakeRun({ sources: [{ name: 'raw', rows: 0, totalRows: 100 }] });
    const display = terminalProgress(run, { stream, clock });
    set({ elapsedMs: 1000, sources: [{ name: 'raw', rows: 25, totalRows: 100 }] });
    clock.advance(1000);
    expect(text()).toContain('0 B/s  3.0 s left  ');
    display.stop();
  });

  test('no line is wider than the terminal, and no frame higher', () => {
    const { stream, writes } = fakeStream({ isTTY: true, columns: 30, rows: 4 });
    const outputs = Array.from({ length: 9 }, (_, index) => output(`an-output-with-a-long-name-${index}`));
    terminalProgress(fakeRun({ outputs }).run, { stream, clock: fakeClock() });
    const lines = stripVTControlCharacters(writes[0] ?? '')
      .trim()
      .split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(29);
    expect(lines[1]).toMatch(/…$/);
  });

  test('a terminal made narrower has wrapped the old lines, and the next frame rises over all of them', () => {
    const size = { isTTY: true, columns: 120, rows: 30 };
    const { stream, writes } = fakeStream();
    const clock = fakeClock();
    // The same stream, of changing width.
    const resizable: TerminalStream = Object.create(stream, {
      isTTY: { value: true },
      rows: { value: 30 },
      columns: { get: () => size.columns },
    });
    const display = terminalProgress(fakeRun().run, { stream: resizable, clock, colours: false });
    const widths = stripVTControlCharacters(writes[0] ?? '')
      .trim()
      .split('\n')
      .map((line) => [...line].length);
    size.columns = 40;
    clock.advance(100);
    const wrapped = widths.reduce((sum, width) => sum + Math.ceil(width / 40), 0);
    expect(wrapped).toBeGreaterThan(widths.length);
    expect(writes[1]?.split('\r')[0]).toBe(`${esc}[${wrapped}A`);
    display.stop();
  });

  test('the cursor is never hidden, so none is lost when the process is killed', () => {
    const { stream, text } = fakeStream(terminal);
    terminalProgress(fakeRun().run, { stream, clock: fakeClock() }).stop();
    expect(text()).not.toContain('?25l');
  });

  test('NO_COLOR takes the colours away', () => {
    const coloured = fakeStream(terminal);
    terminalProgress(fakeRun().run, { stream: coloured.stream, clock: fakeClock() }).stop();
    expect(coloured.text()).toContain(`${esc}[36m`);
    vi.stubEnv('NO_COLOR', '1');
    const plain = fakeStream(terminal);
    terminalProgress(fakeRun().run, { stream: plain.stream, clock: fakeClock() }).stop();
    expect(plain.text()).not.toContain(`${esc}[36m`);
  });
});

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
