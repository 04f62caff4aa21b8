// Which encodings files may use, by the headers of their pages.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { longTables, numberTables, textTables, turningTables } from './support/drawn-tables.js';
import { encode } from './support/encode.js';
import { engines } from './support/engines.js';
import { layoutOf } from './support/layout/file-layout.js';
import { expand, type Recipe } from './support/recipe.js';
import { describeTable } from './support/table.js';

const seed = Number(process.env.TAILRACE_FUZZ_SEED ?? 20_261_125);
const [plain, plainDictionary, rle, deltaIntegers, deltaLengths, dictionary] = [0, 2, 3, 5, 6, 8];

const recipes = (count: number): Recipe[] => [
  ...fc.sample(numberTables, { seed, numRuns: count }),
  ...fc.sample(textTables, { seed, numRuns: count }),
  ...fc.sample(longTables, { seed, numRuns: Math.ceil(count / 30) }),
];

/** Encodings of values, and those of levels. */
async function used(
  engine: (typeof engines)[number]['engine'],
  recipe: Recipe,
): Promise<[number[], number[]]> {
  const pages = layoutOf(await encode(engine, expand(recipe), recipe)).rowGroups.flatMap(({ chunks }) =>
    chunks.flatMap((chunk) => chunk.pages),
  );
  return [
    pages.map(({ encoding }) => encoding),
    pages.flatMap(({ levels }) => (levels === undefined ? [] : [levels])),
  ];
}

test.each(engines)(
  '$engine: basic files hold plain values and dictionaries alone',
  { timeout: 120_000 },
  async ({ engine, share }) => {
    for (const recipe of recipes(Math.ceil(600 * share))) {
      const basic: Recipe = { ...recipe, encodings: 'basic' };
      const [values, levels] = await used(engine, basic);
      const what = `${describeTable(expand(basic).table)} ${JSON.stringify(basic)}`;
      expect(
        values.filter((one) => one !== plain && one !== plainDictionary && one !== dictionary),
        what,
      ).toEqual([]);
      expect(
        levels.filter((one) => one !== rle),
        what,
      ).toEqual([]);
    }
  },
);

test('tailrace: adaptive files use every encoding that it has, and give up dictionaries that grow too large', {
  timeout: 120_000,
}, async () => {
  const met = new Set<number>();
  const mixed = new Set<string>();
  for (const recipe of [...recipes(60), ...fc.sample(turningTables, { seed, numRuns: 30 })]) {
    const adaptive: Recipe = { ...recipe, encodings: 'adaptive' };
    const layout = layoutOf(await encode('tailrace', expand(adaptive), adaptive));
    for (const { chunks } of layout.rowGroups) {
      for (const [at, { pages }] of chunks.entries()) {
        const values = new Set(pages.flatMap(({ kind, encoding }) => (kind === 'data' ? [encoding] : [])));
        for (const one of values) met.add(one);
        const kind = adaptive.columns[at]?.type.kind;
        if (values.has(dictionary) && values.size > 1 && kind !== undefined) mixed.add(kind);
      }
    }
  }
  expect([...met].sort((a, b) => a - b)).toEqual([plain, deltaIntegers, deltaLengths, dictionary]);
  expect([...mixed]).toEqual(expect.arrayContaining(['int64', 'float64', 'utf8', 'dictionary', 'timestamp']));
});
