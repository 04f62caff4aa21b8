// Bytes to Azure by our store, by uploadStream of its SDK, by one stream of blocks, and by one Put Blob.
import { BlobServiceClient } from '@azure/storage-blob';
import { azureBlob } from '@tailrace/adapters/azure-blob';
import { expect, it } from 'vitest';
import {
  byStore,
  hashedStream,
  mebibytes,
  partBytes,
  partsInFlight,
  timed,
  uploadInTurns,
} from '../support/throughput.js';
import { testEndpoint } from './azure-place.js';
import { connectionTo, testContainer } from './azurite.js';

it(`uploads ${mebibytes} MiB to Azure as others do`, async () => {
  const service = BlobServiceClient.fromConnectionString(connectionTo(testEndpoint()));
  const blobOf = (name: string, round: number) =>
    service.getContainerClient(testContainer).getBlockBlobClient(`throughput/${name}-${round}`);
  const ratios = await uploadInTurns({
    'our store': byStore(azureBlob({ partBytes, partsInFlight }), `az://${testContainer}/throughput`),
    // Its blocks have no checksum; ours have an MD5 each, which Azurite makes in any case.
    uploadStream: timed((round) =>
      blobOf('stream', round).uploadStream(hashedStream(), partBytes, partsInFlight),
    ),
    'uploadStream, and an MD5 of each block beside it': timed((round) =>
      blobOf('md5', round).uploadStream(hashedStream({ md5OfParts: true }), partBytes, partsInFlight),
    ),
    'one stream of blocks': timed((round) => blobOf('one', round).uploadStream(hashedStream(), partBytes, 1)),
    // One that goes as a stream cannot have its MD5 before it: it is made beside, so that the work is the same.
    'one Put Blob, streamed, and an MD5 of it beside': timed((round) =>
      blobOf('put', round).upload(() => hashedStream({ md5OfParts: true }), mebibytes * 2 ** 20),
    ),
  });
  expect(Object.values(ratios).every((ratio) => ratio > 0)).toBe(true);
}, 600_000);
