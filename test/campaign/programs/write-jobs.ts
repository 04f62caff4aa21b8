// A program that writes one output for each line of JSON it is sent, and says how each ended and when. The clock is the
// machine's monotonic one, so that times of several programs can be compared.
import { createInterface } from 'node:readline';
import { isTailraceError } from '@tailrace/core';
import { type WriteJob, write } from '../kinds.js';

interface Told extends WriteJob {
  /** Milliseconds from the line to the beginning: what makes one history differ from another. */
  readonly delayMs: number;
}

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const { delayMs, ...job }: Told = JSON.parse(line);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  const beganAt = Number(process.hrtime.bigint());
  let outcome = 'done';
  let message = '';
  try {
    await write(job);
  } catch (error) {
    const [first]: unknown[] = error instanceof AggregateError ? error.errors : [error];
    outcome = isTailraceError(first) ? first.code : 'none';
    message = String(first);
  }
  const endedAt = Number(process.hrtime.bigint());
  process.stdout.write(
    `result ${JSON.stringify({ version: job.version, outcome, message, beganAt, endedAt })}\n`,
  );
}
