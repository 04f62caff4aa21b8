// The suites are worth something only if they fail for what is wrong: each broken format must be caught by its case.
import { brokenFormats, failuresOf, soundFormat, testFormat } from '@tailrace/core/testing';
import { describe, expect, it, test } from 'vitest';

testFormat({ describe, it }, soundFormat);

test('testFormat holds a format to its limit that says that it holds whole files', async () => {
  const name = 'holds back no more bytes than it may';
  const broken = brokenFormats.find(({ fault }) => fault === 'buffersWithoutLimit');
  const subject = { ...soundFormat, ...broken?.subject, holdsWholeFile: true };
  const failures = await failuresOf((runner) => testFormat(runner, subject), name);
  expect(failures.map((failure) => failure.name)).toEqual([name]);
});

test.each(brokenFormats)('testFormat finds a format that $fault', async ({ subject, caughtBy }) => {
  const failures = await failuresOf((runner) => testFormat(runner, subject), caughtBy);
  expect(failures.map(({ name }) => name)).toEqual([caughtBy]);
});
