// Rows, schemas, options, paths, partition values and files that are wrong, or nearly: 10,000 of them, more than a third with
// real files; about a minute and a half.
import { expect, it } from 'vitest';
import { badInputs } from '../campaign/bad-inputs/campaign.js';
import { expectClean, seed } from '../support/clean.js';

it('refuses each of 10,000 bad inputs by name before anything is visible, or writes what it was given', {
  timeout: 1_200_000,
}, async () => {
  const figure = await badInputs({ seed, trials: 10_000 });
  expectClean(figure, 10_000);
  expect(Number(figure.details['with files'])).toBeGreaterThan(3_333);
  for (const ending of ['accepted', 'refused']) expect(Number(figure.details[ending])).toBeGreaterThan(1_000);
});
