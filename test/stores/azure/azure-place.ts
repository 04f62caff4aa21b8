// Owns a target on Azurite as a reader of its manifest sees it, by the SDK alone.
import { BlobServiceClient, type ContainerClient, RestError } from '@azure/storage-blob';
import type { StorePlace } from '@tailrace/core/testing';
import { storePlace } from '../support/store-place.js';
import { connectionTo, testContainer } from './azurite.js';

export function testEndpoint(): string {
  const url = process.env.TAILRACE_TEST_AZURE;
  if (url === undefined) throw new Error('Run these tests by npm run test:azure, which starts their server.');
  return url;
}

let clients: ContainerClient | undefined;
const container = (): ContainerClient => {
  clients ??= BlobServiceClient.fromConnectionString(connectionTo(testEndpoint())).getContainerClient(
    testContainer,
  );
  return clients;
};

const absent = (error: unknown): undefined => {
  if (error instanceof RestError && error.statusCode === 404) return undefined;
  throw error;
};

async function list(prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { name } of container().listBlobsFlat({ prefix })) keys.push(name);
  return keys;
}

let targets = 0;

/** @param at key of the target; default one of its own */
export function azurePlace(kind: 'file' | 'directory', at?: string): StorePlace {
  targets += 1;
  const key = at ?? `${process.pid}/target-${targets}${kind === 'file' ? '.txt' : ''}`;
  return storePlace(`az://${testContainer}/${key}`, key, kind, {
    list,
    read: (at) => container().getBlockBlobClient(at).downloadToBuffer().catch(absent),
    stageOf: (at) =>
      container()
        .getBlockBlobClient(at)
        .getProperties()
        .then(({ metadata }) => ({ stage: metadata?.tailrace_stage }))
        .catch(absent),
    async uploads(prefix) {
      // Blocks under the name of a file that people read end by themselves.
      if (!prefix.includes('_tailrace/')) return [];
      const committed = new Set(await list(prefix));
      const found: string[] = [];
      for await (const { name } of container().listBlobsFlat({ prefix, includeUncommitedBlobs: true })) {
        if (!committed.has(name)) found.push(`${name} (uncommitted)`);
      }
      return found;
    },
    async remove(keys) {
      for (const at of keys) await container().getBlockBlobClient(at).deleteIfExists();
    },
  });
}
