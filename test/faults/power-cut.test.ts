// Images of ext4, xfs and btrfs copied while a program writes on them; about a minute. Needs loop devices and mkfs.
import { expect, it } from 'vitest';
import { powerCuts } from '../campaign/power-cut.js';
import { expectClean, seed } from '../support/clean.js';

it('has every output that was done on each of 60 disks that lost their power', {
  timeout: 900_000,
}, async () => {
  const figure = await powerCuts({ seed, trials: 60 });
  expectClean(figure, 60);
  expect(figure.details).toMatchObject({ ext4: 20, xfs: 20, btrfs: 20 });
});
