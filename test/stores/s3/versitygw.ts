// Owns versitygw for the tests of S3: built from the Go module registry once, then started on an empty directory.
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, type Server, startServer } from '../support/server.js';

const version = 'v1.8.0';
const cache = join(dirname(fileURLToPath(import.meta.url)), '../node_modules/.cache/versitygw', version);

/** Fails saying what is missing. */
async function installed(): Promise<string> {
  const program = join(cache, 'versitygw');
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (isThere) return program;
  await mkdir(cache, { recursive: true });
  const env = { ...process.env, GOBIN: cache, GOFLAGS: '-buildvcs=false' };
  try {
    await promisify(execFile)('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${version}`], {
      env,
      timeout: 900_000,
      maxBuffer: 2 ** 24,
    });
  } catch (cause) {
    throw new Error(
      `The tests of S3 need versitygw ${version}, which the go command builds from its module registry: ${String(cause)}`,
      { cause },
    );
  }
  return program;
}

export const testBucket = 'tailrace-test';
export const testKeys = {
  AWS_ACCESS_KEY_ID: 'tailrace',
  AWS_SECRET_ACCESS_KEY: 'of-a-test',
  AWS_REGION: 'us-east-1',
};

export async function startVersitygw(): Promise<Server> {
  const program = await installed();
  const root = await mkdtemp(join(tmpdir(), 'tailrace-versitygw-'));
  await mkdir(join(root, testBucket));
  const port = await freePort();
  const keys = ['--access', testKeys.AWS_ACCESS_KEY_ID, '--secret', testKeys.AWS_SECRET_ACCESS_KEY];
  const args = [...keys, '--port', `127.0.0.1:${port}`, '--quiet', '--keep-alive', 'posix', root];
  try {
    const server = await startServer(program, args, port);
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
