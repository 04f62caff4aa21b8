// Owns the server of the tests of S3: one for all files, told to them by their environment.
import type { Server } from '../support/server.js';
import { startVersitygw, testKeys } from './versitygw.js';

let server: Server | undefined;

export async function setup(): Promise<void> {
  server = await startVersitygw();
  Object.assign(process.env, testKeys, { TAILRACE_TEST_S3: server.url });
}

export async function teardown(): Promise<void> {
  await server?.stop();
}
