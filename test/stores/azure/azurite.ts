// Owns Azurite for the tests of Azure Blob: the emulator of Microsoft, started on an empty directory.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { freePort, type Server, startServer } from '../support/server.js';

export const testContainer = 'tailrace-test';
/** The account and key that every Azurite has, as its documentation gives them. */
const account = 'devstoreaccount1';
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** @param url of the server, or of what stands before it */
export function connectionTo(url: string): string {
  return `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};BlobEndpoint=${url}/${account};`;
}

export async function startAzurite(): Promise<Server> {
  const program = join(
    dirname(createRequire(import.meta.url).resolve('azurite/package.json')),
    'dist/src/blob/main.js',
  );
  const root = await mkdtemp(join(tmpdir(), 'tailrace-azurite-'));
  const port = await freePort();
  const place = ['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', root];
  // The SDK asks for a newer version of the interface than Azurite 3.35 knows by name.
  const quiet = ['--silent', '--disableTelemetry', '--skipApiVersionCheck', '--disableProductStyleUrl'];
  try {
    const server = await startServer(process.execPath, [program, ...place, ...quiet], port);
    const service = BlobServiceClient.fromConnectionString(connectionTo(server.url));
    await service.getContainerClient(testContainer).createIfNotExists();
    return {
      url: server.url,
      async stop() {
        await server.stop();
        await rm(root, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}
