// Processes that die, servers that die, connections that stall, runs that are cancelled, all in the middle of a write: no row is lost or
// there twice, and no state says what is not so.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectSpark, type SparkSession } from '@tailrace/adapters/spark';
import type { Report } from '@tailrace/core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { query } from '../support/duckdb.js';
import { startProxy } from './support/proxy.js';
import { jobsEndedAt, runningJobs, runningTasks } from './support/rest.js';
import { startSpark } from './support/server.js';
import { isDone, runSlowTables, slowRows } from './support/slow-tables.js';
import { watchSparkWrites } from './support/spark-writes.js';

let spark: SparkSession;
let folder: string;
const quickly = { maxRetries: 3, baseMs: 50, capMs: 500 };
const patience = { timeout: 90_000, interval: 50 };

beforeAll(async () => {
  spark = await connectSpark(inject('sparkUrl'), { userId: 'faults' });
  folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-faults-'));
});
afterAll(async () => {
  await spark.close();
  await rm(folder, { recursive: true, force: true });
});

/** Whether Spark is in the middle of writing a table, in its place or in a staged one. */
async function isWriting(out: string, table: string): Promise<boolean> {
  const names = await readdir(out, { recursive: true }).catch(() => []);
  return names.some((name) => name.includes(table) && name.endsWith('_temporary/0'));
}

/** Rows, and how many different ones, as another program reads them. */
async function rowsOf(path: string): Promise<readonly number[]> {
  const sql = `SELECT count(*) AS n, count(DISTINCT id) AS d FROM read_parquet('${path}/*.parquet')`;
  return (await query(sql)).flatMap((row) => Object.values(row).map(Number));
}

const statesOf = (report: Report) =>
  Object.fromEntries(report.outputs.map(({ name, state }) => [name, state]));
describe('in the middle of a write', () => {
  test('kill -9 of this process leaves what was there before, and running again writes each row once', async () => {
    const out = join(folder, 'killed');
    await spark.range(7).write.parquet(join(out, 'slow'));
    const tables = { out, staged: true, mode: 'overwrite' } as const;
    const main = createRequire(import.meta.url).resolve('#spark-programs/slow-write');
    const child = spawn(process.execPath, [main, JSON.stringify({ url: inject('sparkUrl'), ...tables })], {
      stdio: 'inherit',
    });
    await expect.poll(() => isWriting(out, 'slow'), patience).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await rowsOf(join(out, 'slow'))).toEqual([7, 7]);
    const report = await runSlowTables(spark, tables).completed;
    expect(statesOf(report)).toEqual({ quick: 'done', slow: 'done' });
    expect(await rowsOf(join(out, 'slow'))).toEqual([slowRows, slowRows]);
    // The server goes on with what nobody asks for any more. It has a place of its own, and is never seen.
    await expect.poll(() => runningJobs(inject('sparkUi')), patience).toBe(0);
    expect(await rowsOf(join(out, 'slow'))).toEqual([slowRows, slowRows]);
    expect(await rowsOf(join(out, 'quick'))).toEqual([100, 100]);
  });

  test.each([true, false])(
    'kill -9 of the server fails that output and no other, and running again writes each row once (staged: %s)',
    async (staged) => {
      const out = join(folder, `server-${staged}`);
      const server = await startSpark();
      try {
        const lost = await connectSpark(server.url, { retry: quickly, onWarning: () => {} });
        const { inspect, states } = watchSparkWrites();
        const run = runSlowTables(lost, { out, staged, inspect });
        await expect
          .poll(async () => isDone(run, 'quick') && (await isWriting(out, 'slow')), patience)
          .toBe(true);
        process.kill(server.pid, 'SIGKILL');
        await expect(run.completed).rejects.toMatchObject({
          errors: [expect.objectContaining({ code: 'ENGINE_FAILED' })],
        });
        expect(statesOf(await run.settled)).toEqual({ quick: 'done', slow: 'failed' });
        // Nobody says how the write has ended: it is looked for, and cannot be found.
        const first = states.filter((told) => told.startsWith('slow/0#1 '));
        expect(first.slice(-3)).toEqual(
          ['executing.reattaching', 'verifying', 'failed'].map((state) => `slow/0#1 ${state}`),
        );
        expect(await rowsOf(join(out, 'quick'))).toEqual([100, 100]);
        expect(await readdir(join(out, 'slow')).catch(() => [])).not.toContain('_SUCCESS');
        await lost.close().catch(() => {}); // There is no server to close it on.
      } finally {
        await server.stop('SIGKILL');
      }
      const report = await runSlowTables(spark, { out, staged, mode: 'overwrite' }).completed;
      expect(statesOf(report)).toEqual({ quick: 'done', slow: 'done' });
      expect(await rowsOf(join(out, 'slow'))).toEqual([slowRows, slowRows]);
    },
  );

  test('a connection that stalls is asked over again until it says more, and each row is written once', async () => {
    const proxy = await startProxy(inject('sparkUrl'));
    const out = join(folder, 'stalled');
    // As long as a server that is busy with something else may be silent, and no longer than that.
    const slow = await connectSpark(proxy.url, { silenceMs: 4_000, retry: quickly });
    try {
      const { inspect, states } = watchSparkWrites();
      const run = runSlowTables(slow, { out, staged: false, inspect });
      await expect.poll(() => isWriting(out, 'slow'), patience).toBe(true);
      const before = states.length;
      proxy.stall();
      await expect.poll(() => states.slice(before), patience).toContain('slow/0#1 executing.reattaching');
      proxy.flow();
      expect(statesOf(await run.completed)).toEqual({ quick: 'done', slow: 'done' });
      expect(states.slice(-2)).toEqual(['slow/0#1 executing.running', 'slow/0#1 done']);
      expect(await rowsOf(join(out, 'slow'))).toEqual([slowRows, slowRows]);
    } finally {
      proxy.flow();
      await slow.close().catch(() => {}); // What has stalled may come behind what is sent now.
      await proxy.close();
    }
  });

  test.each([
    ['error', false],
    ['ignore', false],
    ['overwrite', false],
    ['ignore', true],
  ] as const)(
    'a connection that is cut, and a server that is slow from then on, leave each row once (mode %s, staged: %s)',
    async (mode, staged) => {
      const proxy = await startProxy(inject('sparkUrl'));
      const out = join(folder, `slow-${mode}-${staged}`);
      // What is cut is lost at once, and the write is looked for, stopped, and asked for again.
      const slow = await connectSpark(proxy.url, { retry: { maxRetries: 0 }, onWarning: () => {} });
      try {
        const { inspect, states } = watchSparkWrites();
        const run = runSlowTables(slow, { out, staged, mode, inspect });
        await expect
          .poll(async () => isDone(run, 'quick') && (await isWriting(out, 'slow')), patience)
          .toBe(true);
        // Longer for an answer than somebody who is in a hurry would wait.
        proxy.delay(1_300);
        proxy.cut();
        const report = await run.completed;
        expect(statesOf(report)).toEqual({ quick: 'done', slow: 'done' });
        expect(states.filter((told) => told.startsWith('slow/0#1 ')).slice(-2)).toEqual([
          'slow/0#1 verifying',
          'slow/0#1 failed',
        ]);
        expect(await rowsOf(join(out, 'slow'))).toEqual([slowRows, slowRows]);
        expect(await readdir(join(out, 'slow'))).toContain('_SUCCESS');
        await expect.poll(() => runningJobs(inject('sparkUi')), patience).toBe(0);
        expect(await rowsOf(join(out, 'slow'))).toEqual([slowRows, slowRows]);
      } finally {
        proxy.delay(0);
        await slow.close().catch(() => {}); // What was sent before may come behind what is sent now.
        await proxy.close();
      }
    },
  );

  test('a connection that is away for longer than is waited for fails the output with an outcome that is not known', async () => {
    const proxy = await startProxy(inject('sparkUrl'));
    const out = join(folder, 'away');
    const slow = await connectSpark(proxy.url, { retry: { maxRetries: 0 }, onWarning: () => {} });
    try {
      const run = runSlowTables(slow, { out, staged: false });
      await expect
        .poll(async () => isDone(run, 'quick') && (await isWriting(out, 'slow')), patience)
        .toBe(true);
      await proxy.close();
      const context = expect.objectContaining({ outcome: 'unknown' });
      await expect(run.completed).rejects.toMatchObject({ errors: [expect.objectContaining({ context })] });
      expect(statesOf(await run.settled)).toEqual({ quick: 'done', slow: 'failed' });
      // Spark goes on with it.
      await expect.poll(() => readdir(join(out, 'slow')), patience).toContain('_SUCCESS');
      expect(await rowsOf(join(out, 'slow'))).toEqual([slowRows, slowRows]);
    } finally {
      await slow.close().catch(() => {}); // There is no way to it.
    }
  });

  test.each([true, false])(
    'a run that is cancelled ends the job on the server within two seconds (staged: %s)',
    async (staged) => {
      const took: number[] = [];
      // A machine that is busy with something else may be late once.
      while (took.length < 3 && !took.some((ms) => ms < 2_000)) {
        const out = join(folder, `cancelled-${staged}-${took.length}`);
        const run = runSlowTables(spark, { out, staged });
        await expect
          .poll(async () => isDone(run, 'quick') && (await isWriting(out, 'slow')), patience)
          .toBe(true);
        await expect.poll(() => runningTasks(inject('sparkUi')), patience).toBeGreaterThan(0);
        const from = Date.now();
        run.abort('enough');
        // By Spark's own clock, which is that of this machine.
        let endedAt: number | undefined;
        const ended = async (): Promise<boolean> => {
          endedAt = await jobsEndedAt(inject('sparkUi'));
          return endedAt !== undefined;
        };
        await expect.poll(ended, patience).toBe(true);
        took.push((endedAt ?? Number.NaN) - from);
        expect(statesOf(await run.settled)).toEqual({ quick: 'done', slow: 'cancelled' });
        expect(await readdir(join(out, 'slow')).catch(() => [])).not.toContain('_SUCCESS');
      }
      console.log(`the job ended ${took.join(', ')} ms after the cancel`);
      expect(took.at(-1)).toBeLessThan(2_000);
    },
  );
});
