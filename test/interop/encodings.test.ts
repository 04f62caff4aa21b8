// Which encodings files may use, by the headers of their pages.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encode } from './support/encode.js';
import { engines } from './support/engines.js';
import { layoutOf } from './support/layout/file-layout.js';
import { expand, longTables, numberTables, type Recipe, textTables } from './support/recipe.js';
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

test('tailrace: adaptive files use every encoding that it has', { timeout: 120_000 }, async () => {
  const met = new Set<number>();
  for (const recipe of recipes(100)) {
    const [values] = await used('tailrace', { ...recipe, encodings: 'adaptive' });
    for (const one of values) met.add(one);
  }
  expect([...met].sort((a, b) => a - b)).toEqual([plain, deltaIntegers, deltaLengths, dictionary]);
});
