// Owns the declaration of Azure Blob as a store: plain options, checked. The SDK is loaded in the module that it names, not here.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { StoreOfScheme } from '@tailrace/core/sink';
import { storeOfScheme } from '../objects/object-options.js';
import { type AzureBlobOptions, settingsOf } from './options.js';

export type { Leftover, SweepOptions } from '@tailrace/core/objects';
export type { ObjectOptions } from '../objects/object-options.js';
export type { AzureBlobOptions } from './options.js';
export { sweepAzureBlob } from './sweep.js';

/**
 * Files on Azure Blob Storage: `parquet('az://container/routes', { store: azureBlob({ account: 'mills' }) })`, or once for a run:
 * `run({ stores: [azureBlob()] })`. Needs the package `@azure/storage-blob`. Credentials are never options: each thread takes
 * `AZURE_STORAGE_CONNECTION_STRING` where it is set, else what `DefaultAzureCredential` of `@azure/identity` finds.
 * @throws PlanError for options out of range, and for any that would carry a secret
 */
export function azureBlob(options: AzureBlobOptions = {}): StoreOfScheme {
  const settings = settingsOf(options);
  const url = pathToFileURL(createRequire(import.meta.url).resolve('#azure-blob-store')).href;
  return storeOfScheme('azureBlob', url, 'az', settings, options);
}
