import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { catchersOf, ImportGraph } from './catchers.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-catchers-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, imported: readonly string[]): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, imported.map((from) => `import { x } from '${from}';\n`).join(''));
}

it('finds the tests that load a file, directly or by others, and no others', () => {
  write('store/sync.ts', []);
  write('store/commit.ts', ['./sync.js', 'node:fs', './gone.js']);
  write('store/commit.test.ts', ['./commit.js']);
  write('store/sync.test.ts', ['./sync.js']);
  write('output/run.test.ts', ['../store/commit.js']);
  const graph = new ImportGraph(folder);
  expect(graph.testsOf('store/sync.ts').sort()).toEqual([
    'output/run.test.ts',
    'store/commit.test.ts',
    'store/sync.test.ts',
  ]);
  expect(graph.testsOf('store/commit.ts').sort()).toEqual(['output/run.test.ts', 'store/commit.test.ts']);
});

it('follows imports in a circle', () => {
  write('one.ts', ['./other.js']);
  write('other.ts', ['./one.js']);
  write('one.test.ts', ['./one.js']);
  expect(new ImportGraph(folder).testsOf('other.ts')).toEqual(['one.test.ts']);
});

it('puts tests beside the file first, the quickest first, and slow ones apart', () => {
  const durations = {
    'store/a.test.ts': 900,
    'store/b.test.ts': 20,
    'store/c.test.ts': 60_000,
    'd.test.ts': 1,
  };
  expect(
    catchersOf('store/sync.ts', ['d.test.ts', ...Object.keys(durations).slice(0, 3)], durations),
  ).toEqual({
    quick: ['store/b.test.ts', 'store/a.test.ts', 'd.test.ts'],
    slow: ['store/c.test.ts'],
  });
});

it('tries a test file of which nobody knows how long it takes before all others', () => {
  const quick = ['store/old.test.ts', 'store/new.test.ts'];
  expect(catchersOf('store/sync.ts', quick, { 'store/old.test.ts': 5 }).quick[0]).toBe('store/new.test.ts');
});
