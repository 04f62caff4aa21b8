// A program that writes one output for each line of JSON it is sent, and says how each ended and when. The clock is the
// machine's monotonic one, so that times of several programs can be compared.
import { createInterface } from 'node:readline';
import { isTailraceError } from '@tailrace/core';
import { start, type WriteJob } from '../kinds.js';

interface Told extends WriteJob {
  /** Milliseconds from the line to the beginning: what makes one history differ from another. */
  readonly delayMs: number;
}

/** Of several outputs: `CONFLICT` when that is why each of them failed, some of them because of another. */
function codeOf(errors: readonly unknown[]): string {
  const codes = errors.map((error) => (isTailraceError(error) ? error.code : 'none'));
  const others = errors.filter((_, index) => codes[index] !== 'CONFLICT');
  const isTaken = others.every((error) => isTailraceError(error) && error.context.group !== undefined);
  return codes.includes('CONFLICT') && isTaken ? 'CONFLICT' : (codes[0] ?? 'none');
}

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const { delayMs, ...job }: Told = JSON.parse(line);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  const beganAt = Number(process.hrtime.bigint());
  let outcome = 'done';
  let message = '';
  const run = start(job);
  try {
    await run.completed;
  } catch (error) {
    const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
    outcome = codeOf(errors);
    message = errors.map(String).join('; ');
  }
  const isOpen = (await run.settled).groups.some(({ state }) => state === 'incomplete');
  const endedAt = Number(process.hrtime.bigint());
  process.stdout.write(
    `result ${JSON.stringify({ version: job.version, outcome, isOpen, message, beganAt, endedAt })}\n`,
  );
}
