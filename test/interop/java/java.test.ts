// Files read by the Java implementation of Parquet, which Spark, Hive and Flink use: every type, encoding and codec that it
// has, and filters that skip pages by their index.
import { writeFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { withoutPages } from '../support/damage.js';
import { longTables, numberTables, textTables, turningTables } from '../support/drawn-tables.js';
import { encode, type WriteOptions } from '../support/encode.js';
import { engines } from '../support/engines.js';
import { type JavaCommand, javaRows, javaType, prepareJava, readWithJava } from '../support/java.js';
import { layoutOf } from '../support/layout/file-layout.js';
import { random } from '../support/random.js';
import { expand, type Recipe } from '../support/recipe.js';
import { scratchFile } from '../support/scratch.js';
import { type Case, describeTable, stored, type Table } from '../support/table.js';

beforeAll(prepareJava, 300_000);

const seed = 20_261_125;
/** Brotli is left out: its codec for Java is no part of the implementation. */
const codecs = ['none', 'snappy', 'gzip', 'zstd'] as const;

const options: WriteOptions = {
  compression: 'snappy',
  encodings: 'adaptive',
  rowGroupRows: 131_072,
  maxBufferedBytes: 32 * 2 ** 20,
  late: false,
};

async function save(bytes: Buffer): Promise<string> {
  const path = scratchFile('parquet');
  await writeFile(path, bytes);
  return path;
}

describe.each(engines)('$engine', ({ engine }) => {
  const recipes = (arbitrary: fc.Arbitrary<Recipe>, count: number): Recipe[] =>
    fc.sample(arbitrary, { seed, numRuns: count }).map((recipe, at) => ({
      ...recipe,
      compression: codecs[at % codecs.length] ?? 'none',
    }));

  test('random tables of every type come back as they were, under the types that were declared', async () => {
    const chosen = [
      ...recipes(numberTables, 300),
      ...recipes(textTables, 300),
      ...recipes(longTables, 8),
      ...recipes(turningTables, 8),
    ];
    const tables: Table[] = [];
    const commands: JavaCommand[] = [];
    for (const recipe of chosen) {
      const one = expand(recipe);
      tables.push(stored(one.table));
      commands.push({ path: await save(await encode(engine, one, recipe)) });
    }
    const answers = await readWithJava(commands);
    for (const [at, { types, rows, error }] of answers.entries()) {
      const table = tables[at];
      if (table === undefined) continue;
      const what = `${describeTable(table)}, written with ${JSON.stringify(chosen[at])}`;
      expect(error, what).toBeUndefined();
      expect(
        types.map((type) => type.replace(/^(\w+ \w+) .*?( \([A-Z].*\))?$/, '$1$2')),
        what,
      ).toEqual(
        table.columns.map(({ type, nullable }) => `${nullable ? 'optional' : 'required'} ${javaType(type)}`),
      );
      const wanted = javaRows(table);
      const wrong = wanted.findIndex((row, index) => row !== rows[index]);
      expect(rows.length, what).toBe(wanted.length);
      expect(wrong < 0 ? undefined : `row ${wrong}: ${rows[wrong]}`, what).toBe(
        wrong < 0 ? undefined : `row ${wrong}: ${wanted[wrong]}`,
      );
    }
  });

  test('each encoding that was meant to be read was really used', async () => {
    const rows = 60_000;
    const { table } = steps(rows);
    const layout = layoutOf(await encode(engine, { table, cuts: [rows / 2, rows / 2] }, options));
    const used = (name: string): number[] =>
      layout.rowGroups.flatMap(({ chunks }) =>
        chunks
          .filter(({ path }) => path === name)
          .flatMap(({ pages }) => pages.map(({ encoding }) => encoding)),
      );
    const [plain, delta, deltaLengths, dictionary] = [0, 5, 6, 8];
    expect(new Set(used('id'))).toEqual(new Set([delta]));
    expect(used('few')).toContain(dictionary);
    expect(new Set(used('noise'))).toEqual(new Set([plain]));
    if (engine === 'tailrace') expect(new Set(used('unlike'))).toEqual(new Set([deltaLengths]));
  });

  test('a filter skips pages by their index: those that it must not read are destroyed', async () => {
    const one = steps(200_000);
    const bytes = await encode(engine, one, { ...options, rowGroupRows: 100_000 });
    const layout = layoutOf(bytes);
    const commands: JavaCommand[] = [];
    const wanted: string[][] = [];
    const all = javaRows(one.table);
    const source = random(seed);
    for (let at = 0; at < 20; at++) {
      const low = source.below(one.table.rows);
      const high = Math.min(one.table.rows - 1, low + source.below(3000));
      const { copy, pages } = withoutPages(bytes, layout, (from, to) => from <= high && to > low);
      expect(pages).toBeGreaterThan(20);
      commands.push({ path: await save(copy), between: { column: 'id', low: low * 3, high: high * 3 } });
      wanted.push(all.slice(low, high + 1));
    }
    const answers = await readWithJava([...commands, ...commands.map(({ path }) => ({ path }))]);
    for (const [at, rows] of wanted.entries()) {
      expect(answers[at]).toMatchObject({ error: undefined, rows });
      // Without the filter the damage is met, so it is the filter that avoids it.
      expect(answers[at + wanted.length]?.error).toBeDefined();
    }
  });
});

/** Rising ids in batches of 5,000 rows, hence many pages in a row group, beside columns of every encoding. */
function steps(rows: number): Case {
  const source = random(1);
  const ids = Array.from({ length: rows }, (_, row) => row * 3);
  const table: Table = {
    rows,
    columns: [
      { name: 'id', type: { kind: 'int32' }, nullable: false, values: ids },
      {
        name: 'wide',
        type: { kind: 'int64', js: 'bigint' },
        nullable: true,
        values: ids.map((id) => (source.chance(0.2) ? null : BigInt(id) * 10_000_000_000n)),
      },
      { name: 'noise', type: { kind: 'float64' }, nullable: false, values: ids.map(() => source.fraction()) },
      {
        name: 'few',
        type: { kind: 'utf8' },
        nullable: true,
        values: ids.map(() => source.pick(['Köln', 'Bonn', '', null])),
      },
      { name: 'unlike', type: { kind: 'utf8' }, nullable: false, values: ids.map((id) => `name ${id}`) },
    ],
  };
  return { table, cuts: Array.from({ length: rows / 5000 }, () => 5000) };
}
