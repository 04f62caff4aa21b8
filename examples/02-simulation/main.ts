// Owns the example as a program: runs the three ways after one another, each with a pool of its own, and compares their times.
import { createPool } from '@tailrace/core';
import type { Model } from './model.js';
import { inline, type Mode, materialised, recomputed } from './modes.js';
import { helpText, parseOptions } from './options.js';

interface Work extends Pick<Model, 'paths' | 'steps'> {
  /** Simulations after one another, each with a seed of its own. */
  readonly rounds: number;
  readonly out: string;
}

/** Milliseconds until everything is computed, written and committed. */
async function timed(
  mode: Mode,
  { paths, steps, rounds, out }: Work,
  workers: number | undefined,
): Promise<number> {
  const start = performance.now();
  const pool = createPool(workers === undefined ? {} : { workers });
  try {
    for (let round = 1; round <= rounds; round += 1) {
      await mode(pool, { paths, steps, seed: round }, `${out}/round-${round}`);
    }
    await pool.drain({ timeoutMs: 600_000 });
  } catch (error) {
    await pool.abort();
    throw error;
  }
  return performance.now() - start;
}

async function main(argv: readonly string[]): Promise<void> {
  const { help, workers, ...work } = parseOptions(argv);
  if (help) {
    process.stdout.write(helpText);
    return;
  }
  const out = (mode: string): Work => ({ ...work, out: `${work.out}/${mode}` });
  // Once without a clock, so that the first way does not pay for what the others then find compiled.
  await timed(inline, { ...out('inline'), rounds: 1, steps: Math.ceil(work.steps / 10) }, 0);

  const times = {
    'inline, workers: 0': await timed(inline, out('inline'), 0),
    'background, materialised': await timed(materialised, out('materialised'), workers),
    'background, recomputed': await timed(recomputed, out('recomputed'), workers),
  };
  const reference = times['inline, workers: 0'];
  for (const [name, ms] of Object.entries(times)) {
    const change = (ms / reference - 1) * 100;
    const words =
      ms === reference ? '' : `${Math.abs(change).toFixed(1)} % ${change < 0 ? 'faster' : 'slower'}`;
    console.log(`${name.padEnd(26)} ${(ms / 1000).toFixed(2).padStart(6)} s  ${words}`.trimEnd());
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
