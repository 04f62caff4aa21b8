// The suites are worth something only if they fail for what is wrong: each broken sink must be caught by its case.
import { brokenSinks, failuresOf, soundSink, testSink } from '@tailrace/core/testing';
import { describe, expect, it, test } from 'vitest';

testSink({ describe, it }, soundSink);

test.each(brokenSinks)('testSink finds a sink that $fault', async ({ subject, caughtBy }) => {
  const failures = await failuresOf((runner) => testSink(runner, subject), caughtBy);
  expect(failures.map(({ name }) => name)).toEqual([caughtBy]);
});
