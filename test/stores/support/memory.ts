// Owns what memory one large output to a store takes, in a process of its own, against the budget that it was given.
import { expect } from 'vitest';
import type { LargeOutput, MemorySeen } from '../../support/modules/large-output.js';
import { startProgram } from '../../support/program.js';

/** Size of the output in MiB: TAILRACE_MEMORY_MIB. */
export const outputMebibytes = Number(process.env.TAILRACE_MEMORY_MIB ?? 512);
const budgetMebibytes = Number(process.env.TAILRACE_MEMORY_BUDGET_MIB ?? 256);
/** What is resident above a process that has written a little, of the budget: code of threads and SDKs is no data. */
const share = 1.25;

export async function expectWithinBudget(
  target: string,
  options: Pick<LargeOutput, 'endpoint'> = {},
): Promise<void> {
  const order: LargeOutput = {
    target,
    mebibytes: outputMebibytes,
    memory: `${budgetMebibytes}MiB`,
    format: process.env.TAILRACE_MEMORY_FORMAT === 'csv' ? 'csv' : 'parquet',
    ...options,
  };
  const { code, stdout, stderr } = await startProgram('large-output', order, 900_000).ended;
  expect(stderr.replace(/\(node:[\s\S]*/, '')).toBe('');
  expect(code).toBe(0);
  // As large-output.ts says it.
  const seen = JSON.parse(stdout) as MemorySeen;
  const inMib = (bytes: number): number => Math.round(bytes / 2 ** 20);
  console.log(
    `${inMib(seen.written)} MiB of ${order.format} in ${seen.seconds.toFixed(1)} s: ${inMib(seen.idle)} MiB resident at rest, ` +
      `${inMib(seen.warm)} after a small run, ${inMib(seen.peak)} at most: ` +
      `${inMib(seen.peak - seen.idle)} above rest, ${inMib(seen.peak - seen.warm)} above the small run, of a budget of ${budgetMebibytes}`,
  );
  expect(seen.written).toBeGreaterThanOrEqual(outputMebibytes * 2 ** 20);
  expect(inMib(seen.peak - seen.warm)).toBeLessThanOrEqual(budgetMebibytes * share);
}
