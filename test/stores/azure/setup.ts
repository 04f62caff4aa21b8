// Owns the server of the tests of Azure Blob: one for all files, told to them by their environment.
import type { Server } from '../support/server.js';
import { connectionTo, startAzurite } from './azurite.js';

let server: Server | undefined;

export async function setup(): Promise<void> {
  server = await startAzurite();
  const { url } = server;
  Object.assign(process.env, {
    TAILRACE_TEST_AZURE: url,
    AZURE_STORAGE_CONNECTION_STRING: connectionTo(url),
  });
}

export async function teardown(): Promise<void> {
  await server?.stop();
}
