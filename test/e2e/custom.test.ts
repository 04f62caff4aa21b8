// Users' own sinks and formats, loaded into workers by the URL of their module, and what is said of those that are wrong.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  customFormat,
  customSink,
  defineSchema,
  exponential,
  files,
  float64,
  fromIterable,
  int32,
  isTailraceError,
  type ModuleRef,
  PlanError,
  pipeline,
  type Report,
  type Run,
  type Sink,
  type TailraceError,
  utf8,
} from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FixedWidthOptions } from '../support/modules/fixed-width-format.js';
import type { TotalsOptions } from '../support/modules/totals-sink.js';

interface Row {
  readonly n: number;
  readonly mill: string;
  readonly flow: number;
}
const require = createRequire(import.meta.url);
const urlOf = (name: string): URL => pathToFileURL(require.resolve(`#modules/${name}`));
const schema = defineSchema({ n: int32(), mill: utf8(), flow: float64() });
const rows: Row[] = Array.from({ length: 4_000 }, (_, n) => ({
  n,
  mill: n % 2 === 0 ? 'upper' : 'lower',
  flow: n / 2,
}));
const quick = exponential({ attempts: 3, baseMs: 1, capMs: 2 });

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-custom-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** Writes the rows to a sink. */
const start = (sink: Sink<Row>, workers: number, writeRows: number): Run =>
  pipeline('custom', (flow) => {
    const source = flow.source('rows', fromIterable(rows), { schema, batchRows: 1_000 });
    flow.write('out', source, sink, { writeRows, retry: quick });
  }).run({ workers });
/** In four writes. */
const write = (sink: Sink<Row>, workers: number): Promise<Report> => start(sink, workers, 1_000).completed;
/** What the only write failed of; it was not tried again. */
async function failureOf(sink: Sink<Row>, workers = 1): Promise<TailraceError> {
  const run = start(sink, workers, rows.length);
  const failure: unknown = await run.completed.catch((error: unknown) => error);
  const [output] = (await run.settled).outputs;
  expect(output?.attempts).toBeLessThanOrEqual(1);
  if (failure instanceof AggregateError && isTailraceError(failure.errors[0])) return failure.errors[0];
  throw new Error('The run did not fail.', { cause: failure });
}
const moduleOf = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

describe.each([{ workers: 2 }, { workers: 0 }])('with $workers workers', ({ workers }) => {
  it('a sink of its own gets its options, hands parts from its writes to its commit, and is run once', async () => {
    const path = join(dir, 'totals.json');
    const options: TotalsOptions = { path, column: 'flow' };
    const sink = customSink<Row>(urlOf('totals-sink'), options, { target: path, requires: ['flow'] });
    const report = await write(sink, workers);
    expect(report.outputs[0]).toMatchObject({
      name: 'out',
      target: path,
      state: 'done',
      rows: 4_000,
      writes: 4,
    });
    const parts: { write: number; total: number }[] = JSON.parse(await readFile(path, 'utf8'));
    // In the order of the writes, whichever was through first.
    expect(parts.map((part) => part.write)).toEqual([0, 1, 2, 3]);
    expect(parts.reduce((sum, { total }) => sum + total, 0)).toBe((3_999 * 4_000) / 4);
    expect(await readdir(dir)).toEqual(['totals.json']);
    // It says itself that there is nothing to do the second time.
    expect((await write(sink, workers)).outputs[0]).toMatchObject({ state: 'done', skipped: true });
  });

  it('a format of its own is written, partitioned and published like any other', async () => {
    const options: FixedWidthOptions = { width: 8 };
    const format = customFormat(urlOf('fixed-width-format'), options);
    await write(files<Row>(join(dir, 'table'), format, { partitionBy: ['mill'] }), workers);
    expect((await readdir(join(dir, 'table'))).sort()).toEqual([
      '_manifest.json',
      'mill=lower',
      'mill=upper',
    ]);
    const parts = (await readdir(join(dir, 'table', 'mill=upper'))).sort();
    expect(parts).toHaveLength(4);
    expect(parts.every((name) => name.endsWith('.txt'))).toBe(true);
    const lines = (await readFile(join(dir, 'table', 'mill=upper', parts[0] ?? ''), 'utf8')).split('\n');
    expect(lines.slice(0, 3)).toEqual(['n       flow', '0       0', '2       1']);
    const texts = await Promise.all(
      parts.map((name) => readFile(join(dir, 'table', 'mill=upper', name), 'utf8')),
    );
    expect(texts.flatMap((text) => text.trimEnd().split('\n').slice(1))).toHaveLength(2_000);
  });

  it('a format of its own can refuse a schema, before anything is written', async () => {
    const format = customFormat(urlOf('fixed-width-format'), { width: 3 });
    expect(await failureOf(files<Row>(join(dir, 'table.txt'), format), workers)).toMatchObject({
      code: 'SCHEMA_INVALID',
      message: 'The column mill is wider than 3 characters. Raise width.',
    });
    expect(await readdir(dir)).toEqual([]);
  });

  it('a sink of its own that throws what is no TailraceError is quoted with its output and operation', async () => {
    const sink = customSink<Row>(urlOf('totals-sink'), { path: join(dir, 'totals.json'), column: 'mill' });
    expect(await failureOf(sink, workers)).toMatchObject({
      code: 'SINK_FAILED',
      message: expect.stringMatching(
        /output out failed to check the schema for .*no numbers in a column mill/,
      ),
    });
  });
});

describe('a function passed by mistake', () => {
  // What a caller in plain JavaScript could do.
  const asUrl = (wrong: unknown): URL => wrong as URL;
  const asRef = (wrong: unknown): ModuleRef => wrong as ModuleRef;

  it.each<[string, () => unknown, RegExp]>([
    [
      'as a sink',
      () => customSink<Row>(asUrl(() => ({ name: 'mine' }))),
      /customSink takes the URL of a module, not a function.*default export.*customSink\(new URL\('\.\/my-module\.js', import\.meta\.url\)/,
    ],
    [
      'as a format',
      () => customFormat(asUrl(() => ({ name: 'mine' }))),
      /customFormat takes the URL of a module, not a function.*customFormat\(new URL\('\.\/my-module\.js', import\.meta\.url\)/,
    ],
    [
      'as the format of files',
      () =>
        files<Row>(
          'out/x',
          asRef(() => ({ name: 'mine' })),
        ),
      /format is a function, which cannot cross to a worker thread.*customFormat\(new URL\('\.\/my-format\.js', import\.meta\.url\)/,
    ],
    [
      'among the options',
      () => customSink<Row>(urlOf('totals-sink'), { path: '/x', map: (row: Row) => row.n }),
      /options that cannot be cloned.*functions and class instances.*Pass plain data/,
    ],
    [
      'as a relative path',
      () => customSink<Row>('./my-sink.js'),
      /"\.\/my-sink\.js", which is not an absolute module URL\. Write customSink\(new URL/,
    ],
  ])('%s is answered with the right form', (_, declare, message) => {
    expect(declare).toThrow(PlanError);
    expect(declare).toThrow(message);
  });
});

describe.each([{ workers: 1 }, { workers: 0 }])(
  'a module that is not what it should be, with $workers workers',
  ({ workers }) => {
    const whole = `name: 'mine', begin: async () => ({ skip: false, staging: 1 }), commit: async () => ({}), abort: async () => {}`;
    const sinkOf = (code: string): Sink<Row> =>
      customSink<Row>(moduleOf(code), {}, { name: 'mine', target: 'somewhere' });
    const formatOf = (code: string): Sink<Row> =>
      files<Row>(join(dir, 'table'), customFormat(moduleOf(code)));

    it.each<[string, () => Sink<Row>, RegExp]>([
      [
        'without a default export',
        () => sinkOf('export const sink = {}'),
        /has no default export\. Write export default defineSink\(\{ name/,
      ],
      [
        'with a function as its default export',
        () => sinkOf('export default () => ({})'),
        /has a function as its default export\. Write export default defineSink/,
      ],
      [
        'without functions',
        () => sinkOf(`export default { name: 's', begin() {}, open() {} }`),
        /without commit\(\), abort\(\)\. Write export default defineSink/,
      ],
      [
        'that throws',
        () => sinkOf(`throw new Error('no driver installed')`),
        /could not be loaded: no driver installed/,
      ],
      [
        'that is not there',
        () => customSink<Row>(pathToFileURL(join(dir, 'none.js'))),
        /none\.js could not be loaded: .*Check the URL/,
      ],
      [
        'in TypeScript',
        () => customSink<Row>(pathToFileURL(join(dir, 'none.ts'))),
        /Worker threads load JavaScript: build the module first/,
      ],
      [
        'that is a sink in place of a format',
        () => formatOf(`export default { ${whole}, open() {} }`),
        /The format module .* without extension\(\), check\(\)\. Write export default defineFormat/,
      ],
      [
        'whose format has no default export',
        () => formatOf('export {}'),
        /The format module .* has no default export\. Write export default defineFormat/,
      ],
      [
        'that loads on the main thread only',
        () =>
          sinkOf(`import { isMainThread } from 'node:worker_threads';
      if (!isMainThread) throw new Error('no window here');
      export default { ${whole}, open: async () => undefined }`),
        workers > 0
          ? /could not be loaded: no window here/
          : /open\(\) of the sink mine resolved with nothing/,
      ],
      [
        'whose begin gives nothing',
        () => sinkOf(`export default { ${whole}, begin: async () => {}, open() {} }`),
        /begin\(\) of the sink mine resolved with nothing\. Let it resolve with \{ skip: false, staging \}/,
      ],
      [
        'whose open gives nothing',
        () => sinkOf(`export default { ${whole}, open: async () => {} }`),
        /open\(\) of the sink mine resolved with nothing\. Let it resolve with \{ write\(batch\)/,
      ],
      [
        'whose prepare gives nothing',
        () =>
          sinkOf(`export default { ${whole}, open: async () => ({ write() {}, prepare() {}, abort() {} }) }`),
        /prepare\(\) of the sink mine resolved with nothing\. Let it resolve with \{ rows, bytes/,
      ],
      [
        'whose part cannot be sent',
        () =>
          sinkOf(`export default { ${whole}, open: async () => ({ write() {}, abort() {},
      prepare: async () => ({ rows: 4000, bytes: 0, files: [], part: () => {} }) }) }`),
        /prepare\(\) of the sink mine resolved with what cannot be sent to the main thread/,
      ],
      [
        'whose format opens nothing',
        () => formatOf(`export default { name: 'f', extension: () => '.f', check() {}, open() {} }`),
        /open\(\) of the format f resolved with nothing\. Let it resolve with \{ write\(batch\)/,
      ],
    ])('%s is refused with what to write, once, and leaves nothing', async (_, declare, message) => {
      const failure = await failureOf(declare(), workers);
      expect(failure).toMatchObject({ code: 'MODULE_INVALID', status: 'permanent' });
      expect(failure.message).toMatch(message);
      expect(await readdir(dir)).toEqual([]);
    });
  },
);

it('a format that counts fewer rows than it was given publishes nothing', async () => {
  const forgetful = `export default { name: 'forgetful', extension: () => '.f', check() {}, open: ({ out }) => ({
    write() {}, finish: async () => ({ rows: 999 }), abort() {}, encodedBytes: 0 }) }`;
  const failure = await failureOf(files<Row>(join(dir, 'table'), customFormat(moduleOf(forgetful))));
  expect(failure).toMatchObject({
    code: 'ENCODE_MISMATCH',
    message: expect.stringContaining('999 rows instead of the 4000'),
  });
  expect(existsSync(join(dir, 'table'))).toBe(false);
});
