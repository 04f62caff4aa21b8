// Owns the sweep of a target on Azure Blob, for people and their timers.
import { type Leftover, type SweepOptions, sweepStore } from '@tailrace/core/objects';
import { type AzureBlobOptions, settingsOf } from './options.js';

/**
 * Removes what runs have left beside a target that no run would remove by itself: of other machines, and uploads of which the answer
 * to their beginning was lost. Gives back what was removed, or with `dryRun` what would be.
 * @param path URL of a dataset or a file: `az://container/routes`
 * @param store as for `azureBlob()`
 * @example await sweepAzureBlob('az://container/routes', { account: 'mills' }, { dryRun: true })
 */
export async function sweepAzureBlob(
  path: string,
  store: AzureBlobOptions = {},
  options: SweepOptions = {},
): Promise<readonly Leftover[]> {
  // The SDK is loaded by those who sweep, not by those who declare.
  const { connectAzure } = await import('./connect.js');
  return sweepStore(await connectAzure(settingsOf(store)), path, options);
}
