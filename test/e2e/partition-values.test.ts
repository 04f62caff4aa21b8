// Any text as a partition value: its directory lies within the dataset, and DuckDB and openDataset give the text back; or the
// output is refused by name, and nothing is there.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '@tailrace/adapters/sources';
import { defineSchema, fromIterable, int32, isTailraceError, pipeline, utf8 } from '@tailrace/core';
import { csv } from '@tailrace/writers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { query } from '../support/duckdb.js';

const schema = defineSchema({ a: utf8(), b: utf8(), n: int32() });

const hostile = [
  '..',
  '../x',
  '.',
  '/',
  'a/../b',
  'a\0b',
  '=',
  'a=b',
  '%2e',
  '\\',
  'x'.repeat(300),
  '\ud800',
  'A',
  'a',
];
const more = [
  'é',
  'e\u0301',
  '__HIVE_DEFAULT_PARTITION__',
  '',
  ' ',
  '*',
  '?',
  '[x]',
  '{a}',
  '~',
  '\n',
  '_x',
  '.x',
  'null',
];
const text = fc.oneof(fc.constantFrom(...hostile, ...more), fc.string({ unit: 'binary', maxLength: 6 }));
const row = fc.record({ a: text, b: text });

test('comes back as it was, or is refused', async () => {
  let refused = 0;
  let written = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 3 }), async (pairs) => {
      const folder = await mkdtemp(join(tmpdir(), 'tailrace-values-'));
      try {
        const out = join(folder, 'out');
        const rows = pairs.map((pair, n) => ({ ...pair, n }));
        const run = pipeline('write', (flow) => {
          const source = flow.source('rows', fromIterable(rows), { schema });
          flow.write('out', source, csv(out, { partitionBy: ['a', 'b'], compression: 'none' }));
        }).run({ workers: 0 });
        const error: unknown = await run.completed.then(
          () => undefined,
          (failure: AggregateError) => failure.errors[0],
        );
        if (error !== undefined) {
          expect(isTailraceError(error) && error.code).toBe('VALUE_INVALID');
          expect(await readdir(folder)).toEqual([]);
          refused += 1;
          return;
        }
        written += 1;
        expect(await readdir(folder)).toEqual(['out']);
        const expected = rows.map((one) => ({ a: one.a || null, b: one.b || null, n: one.n }));
        const given: unknown[] = [];
        for await (const chunk of (await openDataset(out)).open(new AbortController().signal))
          given.push(...chunk);
        expect(given).toHaveLength(rows.length);
        expect(given).toEqual(expect.arrayContaining(expected));
        const read = `read_csv('${out}/*/*/*.csv', hive_partitioning = true, hive_types_autocast = false, all_varchar = true)`;
        const seen = await query(`select a, b, n::int as n from ${read} order by n`);
        expect(seen).toEqual(expected);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }),
    // The same ones each time: what other readers make of a text is theirs to change.
    { numRuns: 30, seed: 20_011 },
  );
  expect(Math.min(refused, written)).toBeGreaterThan(0);
}, 240_000);
