// Owns what a failed fsync of a directory means for an output: it is not done, and no second fsync may say so.
import type { TailraceError } from '../../errors/tailrace-error.js';
import { type FailedStep, storeError } from './store-error.js';

/** A directory whose fsync has failed is not synced again, so that nothing is called durable that is not. */
export async function syncStep(path: string, output: string, sync: () => Promise<void>): Promise<void> {
  const failed: FailedStep = { step: 'fsync', path, output };
  try {
    await sync();
  } catch (error) {
    const advice =
      'The output was not published, since nothing shows that it would survive a power cut; ' +
      'look at the system log, check the disk, and run again';
    throw storeError(error, { ...failed, status: 'permanent', advice });
  }
}

/** True for what `syncStep` throws when the fsync has failed. */
export function isFailedSync({ operation, status }: TailraceError): boolean {
  return operation === 'fsync' && status === 'permanent';
}
