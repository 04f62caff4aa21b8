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
  await checkGo();
  await mkdir(cache, { recursive: true });
  const env = { GOTOOLCHAIN: 'auto', ...process.env, GOBIN: cache, GOFLAGS: '-buildvcs=false' };
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

/** From 1.21 on Go fetches the newer one that a module wants: https://go.dev/doc/toolchain */
const oldestGo = 21;

async function checkGo(): Promise<void> {
  const advice = `The tests of S3 need versitygw ${version}, which is built by Go 1.${oldestGo} or newer: apt-get install golang-go`;
  const { stdout } = await promisify(execFile)('go', ['env', 'GOVERSION']).catch((cause: unknown) => {
    throw new Error(`${advice}. There is no go command: ${String(cause)}`, { cause });
  });
  const minor = /^go1\.(\d+)/.exec(stdout)?.[1];
  if (minor !== undefined && Number(minor) < oldestGo)
    throw new Error(
      `${advice}, or a newer one from the backports of this release. This is ${stdout.trim()}.`,
    );
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
