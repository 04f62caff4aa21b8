// Damaged files of every format before its source: an error that names the file, or rows of the right types, and those that were
// written where the file has a checksum; never a hang, and
// never much memory.
import { expect, it } from 'vitest';
import { damagedReads } from '../campaign/damaged-reads.js';
import { expectClean, seed } from '../support/clean.js';

it('reads or refuses each of 500 damaged files of every format by name', { timeout: 540_000 }, async () => {
  const figure = await damagedReads({ seed, trials: 500 });
  expectClean(figure, 2_500);
  for (const format of ['parquet', 'csv', 'ndjson', 'arrow', 'msgpack']) {
    const times = (end: string): number => Number(figure.details[`${format} ${end}`] ?? 0);
    expect(times('refused'), format).toBeGreaterThan(4);
    expect(times('as written') + times('other rows'), format).toBeGreaterThan(4);
  }
});
