// Owns the declaration of Azure Blob as a store: plain options, checked. The SDK is loaded in the module that it names, not here.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import {
  checkTexts,
  type ObjectOptions,
  type ObjectStoreRef,
  objectSettings,
  objectStoreRef,
  refuseSecrets,
} from '../objects/object-options.js';
import type { AzureSettings } from './settings.js';

export type { ObjectOptions, ObjectStoreRef } from '../objects/object-options.js';

export interface AzureBlobOptions extends ObjectOptions {
  /** Name of the storage account: `https://<account>.blob.core.windows.net`. Default: `AZURE_STORAGE_ACCOUNT`. */
  readonly account?: string | undefined;
  /** URL of the account where it is another. */
  readonly endpoint?: string | undefined;
}

/**
 * Files on Azure Blob Storage: `parquet('az://container/routes', { store: azureBlob({ account: 'mills' }) })`, or once for a run:
 * `run({ stores: [azureBlob()] })`. Needs the package `@azure/storage-blob`. Credentials are never options: each thread takes
 * `AZURE_STORAGE_CONNECTION_STRING` where it is set, else what `DefaultAzureCredential` of `@azure/identity` finds.
 * @throws PlanError for options out of range, and for any that would carry a secret
 */
export function azureBlob(options: AzureBlobOptions = {}): ObjectStoreRef {
  const remedy =
    'Leave it out: set AZURE_STORAGE_CONNECTION_STRING, or install @azure/identity, which finds credentials.';
  refuseSecrets('azureBlob', options, remedy);
  checkTexts('azureBlob', options, ['account', 'endpoint'], []);
  const settings = objectSettings('azureBlob', options);
  const { account, endpoint } = options;
  const all: AzureSettings = { ...settings, account, endpoint };
  const url = pathToFileURL(createRequire(import.meta.url).resolve('#azure-blob-store')).href;
  return objectStoreRef('azureBlob', url, 'az', settings, all);
}
