// Random tables as Arrow IPC, before readers that share no code with the writer.
import { arrow } from '@tailrace/writers/arrow';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { difference } from './support/compare.js';
import { textTables } from './support/drawn-tables.js';
import { encodeAs } from './support/encode.js';
import { apacheArrow, arrowRs, polarsFile, polarsStream } from './support/readers/arrow-ipc.js';
import { expand } from './support/recipe.js';
import { stored } from './support/table.js';

const seed = Number(process.env.TAILRACE_FUZZ_SEED ?? 20_261_126);

describe.each([
  // polars refuses dictionaries that grow, which it says.
  { as: 'file', dictionaries: 'keep', readers: [apacheArrow, arrowRs] },
  { as: 'file', dictionaries: 'text', readers: [apacheArrow, arrowRs, polarsFile] },
  { as: 'stream', dictionaries: 'keep', readers: [apacheArrow, arrowRs, polarsStream] },
  { as: 'stream', dictionaries: 'text', readers: [apacheArrow, arrowRs, polarsStream] },
] as const)('arrow $as, dictionaries: $dictionaries', ({ as, dictionaries, readers }) => {
  test('is read alike by all', { timeout: 540_000 }, async () => {
    const sink = arrow<unknown>('out/x', { as, dictionaries });
    await fc.assert(
      fc.asyncProperty(textTables, async (recipe) => {
        const one = expand(recipe);
        const bytes = await encodeAs(sink, one, { ...recipe, maxBufferedBytes: 2 ** 25 });
        for (const reader of readers) {
          const read = await reader.read({ bytes, path: '' }, one.table);
          // polars has no seconds, and makes them milliseconds.
          const wanted = reader.name === 'polars' ? stored(one.table) : one.table;
          expect(difference(wanted, read, reader.readable), reader.name).toBeUndefined();
        }
      }),
      { seed, numRuns: 500 },
    );
  });
});
