// The suites are worth something only if they fail for what is wrong: each fault here must be caught by its test.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customFormat, customSink } from '@tailrace/core/sink';
import { type TestRunner, testFormat, testSink } from '@tailrace/core/testing';
import { expect, test } from 'vitest';

const moduleOf = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** Runs a suite and gives the names of the tests that fail. */
async function failuresOf(declare: (runner: TestRunner) => void): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = [];
  declare({ describe: (_, body) => body(), it: (name, body) => tests.push([name, body]) });
  const failed: string[] = [];
  for (const [name, body] of tests) await body().catch(() => failed.push(name));
  expect(tests.length).toBeGreaterThan(5);
  return failed;
}

/** A correct format of one line per row, with places where a fault can be put in. */
const formatCode = (fault: { write?: string; finish?: string; shared?: string }): string => `
  ${fault.shared ?? ''}
  const text = (batch) => Buffer.from([...batch.toRows()].map((row) => Object.values(row).join() + '\\n').join(''));
  export default { name: 'lines', extension: () => '.txt', check() {}, open({ out }) {
    ${fault.shared === undefined ? 'let rows = 0; const kept = [];' : ''}
    return {
      async write(batch) { rows += batch.rows; ${fault.write ?? 'await out.write(text(batch));'} },
      async finish() { ${fault.finish ?? ''} return { rows }; },
      abort() {}, get encodedBytes() { return out.bytesWritten + 1; },
    };
  } };`;

test.each([
  ['nothing', {}, undefined],
  ['lost rows', { finish: 'rows = Math.max(0, rows - 1);' }, 'writes a file of one row and counts its rows'],
  [
    'batches that are kept until the end',
    { write: 'kept.push(batch);', finish: 'for (const batch of kept) await out.write(text(batch));' },
    'reads a batch only until its write has settled',
  ],
  [
    'failures that are swallowed',
    { write: 'await out.write(text(batch)).catch(() => {});' },
    'never finishes a file of which bytes could not be written',
  ],
  [
    'writes that are not waited for',
    {
      write: 'kept.push(out.write(text(batch)), out.write(text(batch)));',
      finish: 'await Promise.all(kept);',
    },
    'waits for a slow destination before it hands over more, and leaves those bytes alone meanwhile',
  ],
  [
    'state shared between files',
    { shared: 'let rows = 0; const kept = [];', finish: '' },
    'keeps several files apart that are open in one thread',
  ],
])('testFormat finds %s', async (_, fault, expected) => {
  const format = customFormat(moduleOf(formatCode(fault)));
  const failed = await failuresOf((runner) => testFormat(runner, { name: 'lines', format }));
  if (expected === undefined) expect(failed).toEqual([]);
  else expect(failed).toContain(expected);
});

/** A correct sink that appends the row counts of its writes to a directory, with places for faults. */
const sinkCode = (fault: { prepare?: string; commit?: string; abort?: string }): string => `
  import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
  export default { name: 'counts',
    async begin({ options }) { await mkdir(options.dir + '/staged', { recursive: true }); return { skip: false, staging: {} }; },
    async open({ options, write, attempt }) {
      let rows = 0;
      const name = write + '-' + attempt;
      return {
        write(batch) { rows += batch.rows; },
        async prepare() {
          ${fault.prepare ?? "await writeFile(options.dir + '/staged/' + name, String(rows));"}
          return { rows, bytes: 1, files: [], part: name };
        },
        abort: () => rm(options.dir + '/staged/' + name, { force: true }),
      };
    },
    async commit({ options, prepared }) {
      ${fault.commit ?? 'const names = prepared.map(({ part }) => part);'}
      for (const name of names) {
        await rename(options.dir + '/staged/' + name, options.dir + '/' + name).catch((error) => {
          if (error.code !== 'ENOENT') throw error;
        });
      }
      await rm(options.dir + '/staged', { recursive: true, force: true });
      return { rows: prepared.reduce((sum, p) => sum + p.rows, 0), bytes: prepared.length, files: prepared.length };
    },
    async abort({ options }) { ${fault.abort ?? "await rm(options.dir + '/staged', { recursive: true, force: true });"} },
  };`;

test.each([
  ['nothing', {}, undefined],
  [
    'rows that are visible once prepared',
    { prepare: "await writeFile(options.dir + '/' + name, String(rows));" },
    'shows nothing before the commit and everything after',
  ],
  [
    'attempts that are published beside their successors',
    { commit: "const names = await readdir(options.dir + '/staged').catch(() => []);" },
    'shows nothing of an attempt whose worker died',
  ],
  [
    'an abort that leaves its staging',
    { abort: '' },
    'leaves nothing after an abort, however often it is called',
  ],
])('testSink finds %s', async (_, fault, expected) => {
  const place = async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tailrace-conformance-'));
    return {
      sink: customSink<never>(moduleOf(sinkCode(fault)), { dir }),
      async visibleRows() {
        const names = (await readdir(dir)).filter((name) => name !== 'staged');
        const counts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
        return counts.reduce((sum, count) => sum + Number(count), 0);
      },
      leftovers: async () => (await readdir(join(dir, 'staged')).catch(() => [])) as readonly string[],
      dispose: () => rm(dir, { recursive: true, force: true }),
    };
  };
  const failed = await failuresOf((runner) => testSink(runner, { name: 'counts', place }));
  if (expected === undefined) expect(failed).toEqual([]);
  else expect(failed).toContain(expected);
});
