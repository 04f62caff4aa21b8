// The suites are worth something only if they fail for what is wrong: each broken format must be caught by its case.
import { brokenFormats, failuresOf, soundFormat, testFormat } from '@tailrace/core/testing';
import { describe, expect, it, test } from 'vitest';

testFormat({ describe, it }, soundFormat);

test.each(brokenFormats)('testFormat finds a format that $fault', async ({ subject, caughtBy }) => {
  const failures = await failuresOf((runner) => testFormat(runner, subject), caughtBy);
  expect(failures.map(({ name }) => name)).toEqual([caughtBy]);
});
