// Owns bad paths and partition values: `..`, nothing, NUL, slashes, long names, forms of one text, names that differ in case.
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  defineSchema,
  fromIterable,
  int32,
  none,
  nullable,
  pipeline,
  type Schema,
  utf8,
} from '@tailrace/core';
import fc from 'fast-check';
import { type Format, filesOf, formats, readBack } from './read-back.js';
import { contentOf } from './scene.js';
import { sinkOf } from './target.js';
import type { Trial } from './trial.js';
import { show } from './values.js';
import { type CanonRow, judgeRefusal, judgeRows, Problem } from './verdict.js';

const texts = [
  '',
  ' ',
  '.',
  '..',
  '../..',
  'a/b',
  '/',
  '\\',
  'a\\b',
  'a=b',
  '%',
  '%2F',
  '%2e%2e',
  '\0',
  'a\0b',
  '\n',
  '\r',
  '\u007f',
  '*',
  '?',
  '[x]',
  '{x}',
  "it's",
  '"',
  ':',
  '#',
  'CON',
  'nul',
  'aux.csv',
  '.hidden',
  '_manifest.json',
  '__HIVE_DEFAULT_PARTITION__',
  'null',
  'e\u0301',
  '\u00e9',
  '\ufeff',
  '\u202e',
  '\ud800',
  'A',
  'a',
  'ß',
  'SS',
  'x'.repeat(200),
  'x'.repeat(249),
  'x'.repeat(256),
  'é'.repeat(130),
  '~',
  '$HOME',
  '-rf',
  'trailing.',
  'trailing ',
];

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...texts) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
);

const schema: Schema<{ n: number; p: string | null }> = defineSchema({ n: int32(), p: nullable(utf8()) });
const rest: Schema = { fields: schema.fields.slice(0, 1) };

/** Undoes the escapes of Hive: `%2F`. Null and the empty text have one name there. */
function valueOfSegment(path: string): string | null {
  const [, escaped = ''] = /(?:^|\/)p=([^/]*)\/[^/]*$/.exec(path) ?? [];
  if (escaped === '__HIVE_DEFAULT_PARTITION__') return null;
  return escaped.replaceAll(/%([0-9A-F]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

async function readParts(format: Format, path: string): Promise<readonly CanonRow[]> {
  const rows: CanonRow[] = [];
  for (const file of await filesOf(path, true)) {
    const p = valueOfSegment(file.slice(path.length));
    for (const row of await readBack(format, file, false, rest)) rows.push(new Map([...row, ['p', p]]));
  }
  return rows.sort((a, b) => Number(a.get('n')) - Number(b.get('n')));
}

export const partitions: fc.Arbitrary<Trial> = fc
  .record({
    format: fc.constantFrom(...formats),
    values: fc.array(fc.option(text, { freq: 8 }), { minLength: 1, maxLength: 4 }),
    isReplacing: fc.boolean(),
  })
  .map(({ format, values, isReplacing }) => ({
    boundary: 'partition values',
    shown: `${format} ${values.map(show).join(', ')}${isReplacing ? ', a version before' : ''}`,
    isRun: true,
    async judge(scene) {
      const dir = await scene.fresh();
      const path = join(dir, 'out');
      const writing = (rows: readonly { n: number; p: string | null }[]): Promise<unknown> =>
        pipeline('trial', (flow) => {
          const source = flow.source('rows', fromIterable(rows), { schema });
          const sink = sinkOf(format, path, { mode: 'overwrite', partitionBy: ['p'] });
          flow.write('output', source, sink, { retry: none() });
        }).run({ workers: 0, memory: '128MiB' }).completed;
      if (isReplacing) await writing([{ n: 0, p: 'before' }]);
      const was = await contentOf(dirname(dir));
      const rows = values.map((p, n) => ({ n, p }));
      try {
        await writing(rows);
      } catch (error) {
        judgeRefusal(error, ['partition', 'lone surrogates']);
        if ((await contentOf(dirname(dir))) !== was) throw new Problem('halfVisible', 'refused, and changed');
        return false;
      }
      // One name stands for both, as docs/ say.
      const given = rows.map(({ n, p }) => ({ n, p: p === '' ? null : p }));
      judgeRows(given, schema, await readParts(format, path));
      await judgeInside(dirname(dir));
      return true;
    },
  }));

/** Everything that a trial made is where it was to be. */
async function judgeInside(root: string): Promise<void> {
  const names = await readdir(root);
  if (names.length !== 1) throw new Problem('altered', `written outside: ${names.join(', ')}`);
}

const segments = fc.array(text, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

/** Leaves the trial's directory by at most two steps, so that whatever is written is still found. */
const path = fc
  .tuple(segments, fc.constantFrom('', '/', '.csv', '.parquet', '.ndjson', '.gz'))
  .map(([inner, end]) => {
    let ups = 0;
    return (inner + end).replaceAll('..', (step) => {
      ups += 1;
      return ups > 2 ? 'up' : step;
    });
  });

export const paths: fc.Arbitrary<Trial> = fc
  .record({ path, format: fc.constantFrom(...formats), rows: fc.integer({ min: 1, max: 3 }) })
  .map(({ path, format, rows }) => ({
    boundary: 'paths',
    shown: `${format} ${show(path)} ${rows} rows`,
    isRun: true,
    async judge(scene) {
      const home = await scene.fresh();
      const dir = join(home, 'a', 'b');
      await mkdir(dir, { recursive: true });
      const given = `${dir}/${path}`;
      const was = await contentOf(dirname(home));
      const items = Array.from({ length: rows }, (_, n): { n: number; p: string | null } => ({
        n,
        p: `p${n}`,
      }));
      try {
        const sink = sinkOf(format, given, {});
        await pipeline('trial', (flow) => {
          flow.write('output', flow.source('rows', fromIterable(items), { schema }), sink, { retry: none() });
        }).run({ workers: 0, memory: '128MiB' }).completed;
      } catch (error) {
        judgeRefusal(error);
        const now = await contentOf(dirname(home));
        if (withoutDirectories(now) !== withoutDirectories(was)) {
          throw new Problem('halfVisible', `refused, and changed: ${now}`);
        }
        return false;
      }
      const target = resolve(given);
      if (!existsSync(target)) throw new Problem('lost', `nothing at ${target}`);
      const isDirectory = (await lstat(target)).isDirectory();
      judgeRows(items, schema, await readBack(format, target, isDirectory, schema));
      return true;
    },
  }));

/** Directories on the way to a target may be made before it is found that it cannot be. */
const withoutDirectories = (content: string): string =>
  content
    .split('\n')
    .filter((line) => !line.endsWith(' '))
    .join('\n');
