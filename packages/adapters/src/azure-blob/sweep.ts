// Owns the sweep of a target on Azure Blob, for people and their timers.
import { type Leftover, type SweepOptions, sweepStore } from '@tailrace/core/objects';
import { checkSwept, inFamily } from '../objects/swept.js';
import { type AzureBlobOptions, settingsOf } from './options.js';

/**
 * Removes what runs have left beside a target that no run would remove by itself: of other machines, and uploads of which the answer
 * to their beginning was lost. Gives back what was removed, or with `dryRun` what would be.
 * @param path URL of a dataset or a file: `az://container/routes`
 * @param store as for `azureBlob()`
 * @throws PlanError for options that are not taken and a path of another scheme; MODULE_INVALID without the SDK; STORE_FAILED when
 *   the store cannot be asked
 * @example await sweepAzureBlob('az://container/routes', { account: 'mills' }, { dryRun: true })
 */
export async function sweepAzureBlob(
  path: string,
  store: AzureBlobOptions = {},
  options: SweepOptions = {},
): Promise<readonly Leftover[]> {
  checkSwept('sweepAzureBlob', 'az', path);
  const settings = settingsOf(store);
  // The SDK is loaded by those who sweep, not by those who declare.
  const load = () => import('./connect.js');
  const { connectAzure } = await inFamily('sweepAzureBlob', '@azure/storage-blob', load);
  return sweepStore(await connectAzure(settings), path, options);
}
