// Owns the options of Azure Blob as users give them, and what of them is refused.
import {
  checkEndpoint,
  checkTexts,
  type ObjectOptions,
  objectSettings,
  refuseSecrets,
} from '../objects/object-options.js';
import type { AzureSettings } from './settings.js';

export interface AzureBlobOptions extends ObjectOptions {
  /** Name of the storage account: `https://<account>.blob.core.windows.net`. Default: `AZURE_STORAGE_ACCOUNT`. */
  readonly account?: string | undefined;
  /**
   * URL of the account where it is another. With `AZURE_STORAGE_CONNECTION_STRING` neither is needed, and one that it does not
   * lead to is refused.
   */
  readonly endpoint?: string | undefined;
}

const remedy =
  'Leave it out: set AZURE_STORAGE_CONNECTION_STRING, or install @azure/identity, which finds credentials.';

/** Throws a PlanError for options out of range, and for any that would carry a secret. */
export function settingsOf(options: AzureBlobOptions): AzureSettings {
  refuseSecrets('azureBlob', options, remedy);
  checkTexts('azureBlob', options, ['account', 'endpoint'], []);
  const { account, endpoint } = options;
  checkEndpoint('azureBlob', endpoint);
  return { ...objectSettings('azureBlob', options), account, endpoint };
}
