// The suites are worth something only if they fail for what is wrong: each broken store must be caught by its case.
import { brokenStores, failuresOf, soundStore, testStore } from '@tailrace/core/testing';
import { describe, expect, it, test } from 'vitest';

testStore({ describe, it }, soundStore);

test.each(brokenStores)('testStore finds a store that $fault', async ({ subject, caughtBy }) => {
  const failures = await failuresOf((runner) => testStore(runner, subject), caughtBy);
  expect(failures.map(({ name }) => name)).toEqual([caughtBy]);
});
