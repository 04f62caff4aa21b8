// Owns the connections of this thread to Azure Blob: one for each set of options, with the SDK's own retries turned off.
import { BlobServiceClient, newPipeline, type StoragePipelineOptions } from '@azure/storage-blob';
import { messageOf, TailraceError } from '@tailrace/core';
import { createLanes, type ObjectClient, type ObjectConnection } from '@tailrace/core/objects';
import { sharedPace } from '../objects/shared-pace.js';
import { azureObjectClient } from './azure-client.js';
import { hashedLists } from './hashed-lists.js';
import type { AzureSettings } from './settings.js';

const connections = new Map<string, Promise<ObjectConnection>>();
/** Ours keep step with all threads, and look where the SDK would ask again. */
const pipeline: StoragePipelineOptions = { retryOptions: { maxTries: 1 } };

export function connectAzure(settings: AzureSettings): Promise<ObjectConnection> {
  const name = JSON.stringify(settings);
  const known = connections.get(name);
  if (known !== undefined) return known;
  const made = newConnection(settings);
  connections.set(name, made);
  made.catch(() => connections.delete(name));
  return made;
}

async function newConnection(settings: AzureSettings): Promise<ObjectConnection> {
  const { timeoutMs, partBytes, partsInFlight, isTrusted } = settings;
  const service = await serviceOf(settings);
  const clients = new Map<string, ObjectClient>();
  return {
    client(container) {
      const one =
        clients.get(container) ??
        azureObjectClient({ container: service.getContainerClient(container), timeoutMs });
      clients.set(container, one);
      return one;
    },
    pace: sharedPace(`azure-blob ${plainUrl(service.url)}`),
    partBytes,
    lanes: createLanes(partsInFlight),
    isTrusted,
  };
}

async function serviceOf({ account, endpoint }: AzureSettings): Promise<BlobServiceClient> {
  const { AZURE_STORAGE_CONNECTION_STRING: connection, AZURE_STORAGE_ACCOUNT } = process.env;
  if (connection !== undefined && connection !== '') {
    const service = serviceAt(connection);
    const isOther =
      (account !== undefined && account !== service.accountName) ||
      (endpoint !== undefined && plainUrl(endpoint) !== plainUrl(service.url));
    if (!isOther) return service;
    throw failed(
      'AZURE_STORAGE_CONNECTION_STRING leads to another account than account or endpoint say. Leave those out, or unset it',
    );
  }
  const name = account ?? AZURE_STORAGE_ACCOUNT;
  const url = endpoint ?? (name === undefined ? undefined : `https://${name}.blob.core.windows.net`);
  if (url === undefined) {
    throw failed(
      'no account is known. Give account, or set AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING',
    );
  }
  try {
    const { DefaultAzureCredential } = await import('@azure/identity');
    return serviceBy(url, new DefaultAzureCredential(), pipeline);
  } catch (cause) {
    throw failed(
      `its credentials could not be looked for: ${messageOf(cause)}. Install @azure/identity`,
      cause,
    );
  }
}

/** What hangs on an error of the SDK may repeat the text, which has a key: its first line does not. */
function serviceAt(connection: string): BlobServiceClient {
  try {
    // The SDK adds to its options what the text says of a proxy.
    const options = { ...pipeline };
    const { url, credential } = BlobServiceClient.fromConnectionString(connection, options);
    plainUrl(url);
    return serviceBy(url, credential, options);
  } catch (error) {
    const [said = ''] = messageOf(error).split('\n', 1);
    throw failed(
      `AZURE_STORAGE_CONNECTION_STRING cannot be read: ${said.replace(/\.$/, '')}. Copy it anew from the account`,
    );
  }
}

function serviceBy(
  url: string,
  credential: BlobServiceClient['credential'],
  options: StoragePipelineOptions,
): BlobServiceClient {
  const hashing = newPipeline(credential, options);
  hashing.factories.push(hashedLists);
  return new BlobServiceClient(url, hashing);
}

/** Behind the path there may be a signature. */
function plainUrl(text: string): string {
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

function failed(problem: string, cause?: unknown): TailraceError {
  return new TailraceError(`Azure Blob cannot be reached: ${problem}.`, {
    code: 'STORE_FAILED',
    status: 'permanent',
    operation: 'connect store',
    cause,
  });
}
