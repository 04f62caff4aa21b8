// Owns the sweep of a target on S3, for people and their timers.
import { type Leftover, type SweepOptions, sweepStore } from '@tailrace/core/objects';
import { checkSwept, inFamily } from '../objects/swept.js';
import { type S3Options, settingsOf } from './options.js';

/**
 * Removes what runs have left beside a target that no run would remove by itself: of other machines, and uploads of which the answer
 * to their beginning was lost. Gives back what was removed, or with `dryRun` what would be.
 * @param path URL of a dataset or a file: `s3://bucket/routes`
 * @param store as for `s3()`
 * @throws PlanError for options that are not taken and a path of another scheme; MODULE_INVALID without the SDK; STORE_FAILED when
 *   the store cannot be asked
 * @example await sweepS3('s3://bucket/routes', { region: 'eu-west-1' }, { dryRun: true })
 */
export async function sweepS3(
  path: string,
  store: S3Options = {},
  options: SweepOptions = {},
): Promise<readonly Leftover[]> {
  checkSwept('sweepS3', 's3', path);
  const settings = settingsOf(store);
  // The SDK is loaded by those who sweep, not by those who declare.
  const { connectS3 } = await inFamily('sweepS3', '@aws-sdk/client-s3', () => import('./connect.js'));
  return sweepStore(await connectS3(settings), path, options);
}
