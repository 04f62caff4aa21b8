// Two programs and a reader on one path; about a minute. Needs unshare, for leases that do not see each other.
import { expect, it } from 'vitest';
import { histories } from '../campaign/histories.js';
import { expectClean, seed } from '../support/clean.js';

it('gives every commit its place in one order, and every loser an error, in 200 histories of two runs', {
  timeout: 900_000,
}, async () => {
  const figure = await histories({ seed, trials: 200 });
  expectClean(figure, 200);
  // Else the programs never met, and nothing was tested.
  expect(Number(figure.details['together: CONFLICT'])).toBeGreaterThan(50);
  expect(Number(figure.details['apart: CONFLICT'])).toBeGreaterThan(10);
});
