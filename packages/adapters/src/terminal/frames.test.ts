import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TerminalStream } from './screen.js';
import { terminalProgress } from './terminal-progress.js';
import { fakeRun, output, writes as writesOf } from './testing/fake-run.js';
import { esc, fakeClock, fakeStream } from './testing/fake-terminal.js';

beforeEach(() => {
  vi.stubEnv('NO_COLOR', undefined);
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** What is seen of a frame. */
const linesOf = (frame = ''): string[] => stripVTControlCharacters(frame).trim().split('\n');

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
    const lines = linesOf(text());
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
    const lines = linesOf(writes[0]);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(29);
    expect(lines[1]).toMatch(/…$/);
  });

  test('one that reports no size, as a new pseudo terminal does, is taken for one of 80 cells and 24 lines', () => {
    const { stream, writes } = fakeStream({ isTTY: true, columns: 0, rows: 0 });
    const outputs = Array.from({ length: 40 }, (_, index) => output(`output-${index}`));
    terminalProgress(fakeRun({ outputs }).run, { stream, clock: fakeClock() });
    const lines = linesOf(writes[0]);
    expect(lines).toHaveLength(23);
    expect(lines[0]).toContain('running');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
  });

  test('outputs without room are counted: those in trouble stay in sight, then those under way', () => {
    const { stream, writes } = fakeStream({ isTTY: true, columns: 120, rows: 10 });
    const outputs = Array.from({ length: 2_000 }, (_, n) =>
      output(`out-${n}`, { state: n < 500 ? 'done' : 'queued' }),
    );
    outputs[1_700] = output('bad', { state: 'failed' });
    outputs[1_800] = output('again', { writes: writesOf({ retrying: 1 }) });
    outputs[600] = output('at-work');
    const sources = [{ name: 'raw', rows: 5 }];
    terminalProgress(fakeRun({ outputs, sources }).run, { stream, clock: fakeClock(), colours: false });
    const lines = linesOf(writes[0]);
    expect(lines).toHaveLength(9);
    expect(lines.slice(2, 6).map((line) => line.trim().split(' ')[0])).toEqual([
      'raw',
      'bad',
      'again',
      'at-work',
    ]);
    expect(lines[8]).toBe('  and 1,995 more outputs (1,495 queued, 500 done)');
  });

  test('sources without room leave half of it to the outputs, and are counted too', () => {
    const { stream, writes } = fakeStream({ isTTY: true, columns: 120, rows: 9 });
    const sources = Array.from({ length: 50 }, (_, n) => ({
      name: `in-${n}`,
      rows: 10,
      totalRows: n < 48 ? 10 : 20,
    }));
    const outputs = Array.from({ length: 9 }, (_, n) => output(`out-${n}`));
    terminalProgress(fakeRun({ outputs, sources }).run, { stream, clock: fakeClock(), colours: false });
    const lines = linesOf(writes[0]);
    expect(lines.slice(2).map((line) => line.slice(0, 40).trim().split(/ {2,}/)[0])).toEqual([
      'in-48',
      'in-49',
      'and 48 more sources (480 rows read)',
      'out-0',
      'out-1',
      'and 7 more outputs (7 active)',
    ]);
  });

  test.each([1, 2, 3, 4])('a terminal of %i lines is never overrun', (rows) => {
    const { stream, writes } = fakeStream({ isTTY: true, columns: 120, rows });
    const sources = Array.from({ length: 5 }, (_, n) => ({ name: `in-${n}`, rows: 10 }));
    const outputs = Array.from({ length: 9 }, (_, n) => output(`out-${n}`));
    terminalProgress(fakeRun({ outputs, sources }).run, { stream, clock: fakeClock() });
    expect(linesOf(writes[0])).toHaveLength(Math.max(1, rows - 1));
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
