// A program that writes one version of one output. It has written another one elsewhere before it says `ready`, so that
// all modules are loaded, and begins when it is told `go`. Then it says `done`, or `failed` and with what, as JSON, and of
// outputs that commit together how the group ended.
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { isTailraceError } from '@tailrace/core';
import { start, type WriteJob, write } from '../kinds.js';

const job: WriteJob = JSON.parse(process.argv[2] ?? '');
// Beside the directory: on its file system, unless that is a small disk of its own, so that what the store tries out of a file
// system once is tried before the calls are counted.
const warm = await mkdtemp(join(dirname(job.dir), 'warm-'));
try {
  await write({ ...job, dir: warm, version: 1 });
} finally {
  await rm(warm, { recursive: true });
}

const lines = createInterface({ input: process.stdin });
process.stdout.write('ready\n');
for await (const line of lines) if (line === 'go') break;
lines.close();
const run = start(job);
try {
  await run.completed;
  process.stdout.write('done\n');
} catch (error) {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  for (const one of errors) {
    const told = isTailraceError(one)
      ? { code: one.code, status: one.status, message: one.message, context: one.context }
      : { code: 'none', message: String(one) };
    process.stdout.write(`failed ${JSON.stringify(told)}\n`);
  }
}
for (const { state } of (await run.settled).groups) process.stdout.write(`group ${state}\n`);
process.stdin.destroy();
