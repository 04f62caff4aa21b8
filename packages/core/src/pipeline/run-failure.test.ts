import { expect, it } from 'vitest';
import { failureOfRun } from './run-failure.js';

it('a run that is cancelled behind its last commit says that nothing failed, in an error of the family', () => {
  const failure = failureOfRun('mills', [], []);
  expect(failure.message).toMatch(
    /^Pipeline 'mills' was cancelled when all of its outputs were done already/,
  );
  expect(failure.message).not.toContain('0 of its outputs failed');
  expect(failure.errors).toMatchObject([
    { code: 'CANCELLED', status: 'permanent', message: failure.message },
  ]);
});
