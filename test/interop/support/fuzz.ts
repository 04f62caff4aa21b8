// Owns a run of random cases: the seed, the report of a failure, and the command that repeats it.
import type { ParquetEngine } from '@tailrace/writers/parquet';
import * as fc from 'fast-check';
import { encode } from './encode.js';
import { expand, type Recipe } from './recipe.js';
import { describeTable } from './table.js';
import { verify } from './verify.js';

/** Another seed for another set of tables: `TAILRACE_FUZZ_SEED=12 npm run test:interop`. */
const defaultSeed = 20_261_125;

/** Writes each table and lets every reader compare it with what was written; throws with the smallest failing case. */
export async function fuzz(
  test: string,
  engine: ParquetEngine,
  recipes: fc.Arbitrary<Recipe>,
  runs: number,
): Promise<void> {
  const { TAILRACE_FUZZ_SEED, TAILRACE_FUZZ_PATH } = process.env;
  const seed = Number(TAILRACE_FUZZ_SEED ?? defaultSeed);
  if (!Number.isInteger(seed))
    throw new Error(`TAILRACE_FUZZ_SEED is a whole number, not ${TAILRACE_FUZZ_SEED}.`);
  const property = fc.asyncProperty(recipes, async (recipe) => {
    const one = expand(recipe);
    const problems = await verify(await encode(engine, one, recipe), one.table);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  });
  const path = TAILRACE_FUZZ_PATH === undefined ? {} : { path: TAILRACE_FUZZ_PATH };
  const outcome = await fc.check(property, { seed, numRuns: runs, ...path });
  if (!outcome.failed) return;
  throw new Error(failure(test, outcome), { cause: outcome.errorInstance });
}

function failure(test: string, outcome: fc.RunDetails<[Recipe]>): string {
  const { seed, counterexamplePath, counterexample, numRuns, numShrinks, errorInstance } = outcome;
  const recipe = counterexample?.[0];
  const lines = [
    `Case ${numRuns} failed; after ${numShrinks} steps of shrinking it is:`,
    recipe === undefined ? 'no case at all' : describeTable(expand(recipe).table),
    errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
    `Written with ${JSON.stringify(recipe)}`,
    `Repeat: TAILRACE_FUZZ_SEED=${seed} TAILRACE_FUZZ_PATH=${counterexamplePath} npm run test:interop -- -t '${test}'`,
  ];
  return lines.join('\n');
}
