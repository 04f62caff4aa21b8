// Owns the example as a program: runs the three ways after one another on one server, and compares their times.
import { parseArgs } from 'node:util';
import { connectSpark } from '@tailrace/adapters/spark';
import { background, type Mode, notHeld, synchronous } from './modes.js';
import type { Size } from './tables.js';

const helpText = `Computes and writes three tables of a simulation on Spark, in three ways.

  --url sc://...   the server (sc://127.0.0.1:15002)
  --out path       a new directory of the server, for the tables
  --paths 1000     paths of the simulation
  --steps 250      steps of each
`;

/** Seconds until everything is computed and written. */
async function timed(url: string, mode: Mode, size: Size, out: string): Promise<number> {
  // Each way has a session of its own, so that none finds what another has left.
  const spark = await connectSpark(url, { userId: 'spark-simulation' });
  try {
    const start = performance.now();
    await mode(spark, size, out);
    return (performance.now() - start) / 1_000;
  } finally {
    await spark.close();
  }
}

function atLeastOne(flag: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${flag} takes a whole number of at least 1, not "${text}".`);
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string', default: 'sc://127.0.0.1:15002' },
      out: { type: 'string' },
      paths: { type: 'string', default: '1000' },
      steps: { type: 'string', default: '250' },
      help: { type: 'boolean', default: false },
    },
  });
  const { url, out, help } = values;
  if (help || out === undefined) {
    process.stdout.write(helpText);
    return;
  }
  const size: Size = {
    paths: atLeastOne('--paths', values.paths),
    steps: atLeastOne('--steps', values.steps),
    seed: 7,
  };
  // Once without a clock, so that the first way does not pay for what the others then find warm.
  await timed(url, synchronous, { ...size, steps: Math.ceil(size.steps / 10) }, `${out}/warm-up`);
  const modes = {
    synchronous,
    'background, held': background,
    'background, not held': notHeld,
  };
  let reference: number | undefined;
  for (const [name, mode] of Object.entries(modes)) {
    const seconds = await timed(url, mode, size, `${out}/${name.replaceAll(/\W+/g, '-')}`);
    const change = (seconds / (reference ?? seconds) - 1) * 100;
    const words =
      reference === undefined ? '' : `${Math.abs(change).toFixed(1)} % ${change < 0 ? 'faster' : 'slower'}`;
    reference ??= seconds;
    console.log(`${name.padEnd(22)} ${seconds.toFixed(2).padStart(7)} s  ${words}`.trimEnd());
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
