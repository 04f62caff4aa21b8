import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { terminalProgress } from './terminal-progress.js';
import { fakeRun, output } from './testing/fake-run.js';
import { esc, fakeClock, fakeStream } from './testing/fake-terminal.js';
import { visibleWidth } from './width.js';

beforeEach(() => {
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const size = { isTTY: true, columns: 80, rows: 20 };

/** What a terminal shows after some frames, by the two sequences that move on it. */
function pictureOf(frames: readonly string[]): string[] {
  const lines: string[] = [];
  let at = 0;
  for (const frame of frames) {
    const rise = new RegExp(`^${esc}\\[(\\d+)A`).exec(frame)?.[1];
    at -= Number(rise ?? 0);
    const drawn = stripVTControlCharacters(frame).replaceAll('\r', '').split('\n').slice(0, -1);
    lines.splice(at, lines.length, ...drawn);
    at = lines.length;
  }
  return lines;
}

/** State of the run, or name of the output, of each line. */
const heads = (lines: readonly string[]): string[] =>
  lines.map((line) => line.trim().split(/ +/)[0] ?? '').filter((head) => !/[█░]/.test(head));

test('two displays on one stream keep a block each, and what ended stays above what goes on', () => {
  const { stream, writes } = fakeStream(size);
  const clock = fakeClock();
  const alpha = fakeRun({ outputs: [output('alpha')] });
  const beta = fakeRun({ outputs: [output('beta-1'), output('beta-2')] });
  const first = terminalProgress(alpha.run, { stream, clock, colours: false });
  const second = terminalProgress(beta.run, { stream, clock, colours: false });
  clock.advance(250);
  expect(heads(pictureOf(writes))).toEqual(['running', 'alpha', 'running', 'beta-1', 'beta-2']);
  alpha.set({ state: 'completed' });
  first.stop();
  clock.advance(250);
  beta.set({ state: 'completed' });
  second.stop();
  const third = terminalProgress(alpha.run, { stream, clock, colours: false });
  clock.advance(250);
  expect(heads(pictureOf(writes))).toEqual([
    'completed',
    'alpha',
    'completed',
    'beta-1',
    'beta-2',
    'completed',
    'alpha',
  ]);
  third.stop();
});

test('displays share the lines of a terminal evenly', () => {
  const { stream, writes } = fakeStream(size);
  const clock = fakeClock();
  const many = (name: string) => Array.from({ length: 40 }, (_, n) => output(`${name}-${n}`));
  const displays = ['a', 'b'].map((name) =>
    terminalProgress(fakeRun({ outputs: many(name) }).run, { stream, clock, colours: false }),
  );
  clock.advance(250);
  const lines = pictureOf(writes);
  expect(lines).toHaveLength(18);
  expect(heads(lines).filter((head) => head === 'running')).toHaveLength(2);
  for (const display of displays) display.stop();
});

test('lines with wide names are cut to the terminal, never wrap, and stand in columns', () => {
  const { stream, writes } = fakeStream({ ...size, columns: 60 });
  const outputs = [output('日本語の出力ファイルの名前です'), output('short')];
  terminalProgress(fakeRun({ outputs }).run, { stream, clock: fakeClock(), colours: false });
  const lines = pictureOf(writes);
  for (const line of lines) expect(visibleWidth(line)).toBeLessThan(60);
  const columnOf = (line = ''): number => visibleWidth(line.slice(0, line.indexOf('active')));
  expect(columnOf(lines[2])).toBe(columnOf(lines[3]));
  expect(writes[0]?.indexOf(`${esc}[?7l`)).toBeLessThan(writes[0]?.indexOf('running') ?? 0);
  expect(writes[0]?.lastIndexOf(`${esc}[?7h`)).toBeGreaterThan(writes[0]?.indexOf('short') ?? 0);
});
