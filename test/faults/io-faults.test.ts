// Calls that fail, full disks, limits and read-only places; about two minutes. Needs strace and chattr.
import { expect, it } from 'vitest';
import { ioFaults } from '../campaign/io-faults.js';
import { expectClean, seed } from '../support/clean.js';

it('succeeds or ends with an error that names a path after each of 300 faults of input and output', {
  timeout: 900_000,
}, async () => {
  const figure = await ioFaults({ seed, trials: 300 });
  expectClean(figure, 300);
  for (const fault of ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'full tmpfs', 'ulimit -n', 'ulimit -f']) {
    expect(Number(figure.details[fault]), fault).toBeGreaterThan(0);
  }
});
