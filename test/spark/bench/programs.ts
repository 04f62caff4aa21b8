// Owns running one way of the job by one of the two programs, on a server, and looking at what it has left.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connectSpark } from '@tailrace/adapters/spark';
import { installSpark, sparkFile } from '../support/install.js';
import { type Job, type TableName, tableNames, type Way } from './job.js';
import { type Looks, tailraceWays } from './tailrace-ways.js';

export interface Order {
  readonly url: string;
  readonly out: string;
  readonly job: Job;
  readonly way: Way;
  readonly broken?: TableName;
}

export interface Outcome {
  readonly seconds: number;
  /** What the program has seen of its tables. */
  readonly looks: Looks;
}

/** From the first plan to the last file; connecting is not counted. Rejects where a write has failed. */
export async function runTailrace({ url, way, ...request }: Order): Promise<Outcome> {
  const spark = await connectSpark(url, { userId: 'tailrace' });
  try {
    await spark.range(1).count();
    const looks: Looks = {};
    const begin = performance.now();
    await tailraceWays[way](spark, request, looks);
    return { seconds: (performance.now() - begin) / 1_000, looks };
  } finally {
    await spark.close();
  }
}

/** The same by the pattern in Python. Rejects only where the program itself says that something went wrong. */
export async function runPattern(order: Order): Promise<Outcome> {
  const { python } = await installSpark();
  const child = spawn(python, [sparkFile('bench/pattern.py')], {
    env: { ...process.env, TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [out, problems] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    problems += bytes.toString();
  });
  child.stdin.end(JSON.stringify(order));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The program in Python ended with ${code}:\n${problems.slice(-4_000)}`);
  // Written by pattern.py in this form.
  return JSON.parse(out) as Outcome;
}

/** Rows of each table that stands there. */
export async function rowsLeft({ url, out }: Order): Promise<Partial<Record<TableName, number>>> {
  const spark = await connectSpark(url, { userId: 'look' });
  try {
    const found: Partial<Record<TableName, number>> = {};
    for (const name of tableNames) {
      const path = `${out}/${name}`;
      found[name] = await spark.read
        .parquet(path)
        .count()
        .catch(() => 0); // What is not there has no rows.
    }
    await spark.run('CLEAR CACHE');
    return found;
  } finally {
    await spark.close();
  }
}
