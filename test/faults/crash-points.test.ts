// A process killed just before a call on the file system, for every way to publish; about a minute. Needs strace.
import { expect, it } from 'vitest';
import { crashPoints } from '../campaign/crash-points.js';
import { expectClean, seed } from '../support/clean.js';

it('leaves the old or the new version whole at 100 crash points, and the next run goes on from there', {
  timeout: 900_000,
}, async () => {
  const figure = await crashPoints({ seed, trials: 100 });
  expectClean(figure, 100);
  // Else the calls were not found, and what was tried is not what is meant.
  expect(Number(figure.details.points)).toBeGreaterThan(500);
});
