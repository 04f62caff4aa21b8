// Two minutes of one process that writes one output after the other, with faults: nothing lost, and nothing that grows.
import { expect, it } from 'vitest';
import { soak } from '../campaign/soak.js';
import { expectClean, seed } from '../support/clean.js';

it('holds no more after two minutes of jobs and faults than after the first forty', {
  timeout: 900_000,
}, async () => {
  const figure = await soak({ seed, trials: Number.POSITIVE_INFINITY, minutes: 2 });
  expectClean(figure, figure.counts.tried);
  for (const fault of ['none', 'exit', 'throw', 'disk full', 'cancel', 'slow']) {
    expect(Number(figure.details[fault]), fault).toBeGreaterThan(0);
  }
});
