// What signals do to a program in a process of its own, and when a program with a pool ends by itself.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { query } from '../support/duckdb.js';
import type { SignalledOptions } from '../support/modules/signalled-run.js';
import type { UndrainedOptions } from '../support/modules/undrained-pool.js';
import { type Ended, type Program, startProgram } from '../support/program.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-signals-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** Rows that a reader of each output finds. */
async function rowsWritten(): Promise<number[]> {
  const [row] = await query(`select
    (select count(*) from read_parquet('${dir}/table/*.parquet'))::int as in_table,
    (select count(*) from read_json('${dir}/lines.ndjson', format = 'newline_delimited'))::int as in_lines`);
  return Object.values(row ?? {}).map(Number);
}
const staged = async (): Promise<string[]> =>
  (await readdir(dir)).filter((name) => /\.(stage|old)-/.test(name));

describe.each([{ workers: 2 }, { workers: 0 }])(
  'a run with $workers workers in its own process',
  ({ workers }) => {
    const start = (options: Partial<SignalledOptions>): Program =>
      startProgram('signalled-run', { dir, chunks: 40, deadlineMs: 20_000, workers, ...options });

    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const)('finishes after %s and exits with %i; its outputs are whole', async (signal, code) => {
      const program = start({});
      await program.said('ready');
      expect((await staged()).length).toBe(2);
      program.kill(signal);
      const ended = await program.ended;
      expect(ended).toMatchObject({ code, signal: null });
      expect(ended.stderr).toContain(
        `${signal}: finishing what is under way, for 20 s at most; once more to abort.`,
      );
      // What awaits `completed` has run too.
      expect(ended.stdout).toContain('completed\n');
      expect(await rowsWritten()).toEqual([40_000, 40_000]);
      expect(await staged()).toEqual([]);
    });

    it.each([
      ['SIGINT', 'SIGINT', 130],
      ['SIGTERM', 'SIGTERM', 143],
      ['SIGINT', 'SIGTERM', 130],
    ] as const)('is aborted by %s and then %s, and leaves nothing', async (first, second, code) => {
      const program = start({ chunks: 0 });
      await program.said('ready');
      program.kill(first);
      await program.said('once more to abort');
      const killedAt = performance.now();
      program.kill(second);
      const ended = await program.ended;
      expect(ended).toMatchObject({ code, signal: null });
      expect(performance.now() - killedAt).toBeLessThan(3_000);
      expect(await readdir(dir)).toEqual([]);
    });

    it('is aborted when the deadline passes, and leaves nothing', async () => {
      const program = start({ chunks: 0, deadlineMs: 200 });
      await program.said('ready');
      program.kill('SIGTERM');
      const ended = await program.ended;
      expect(ended).toMatchObject({ code: 143, signal: null });
      expect(ended.stderr).toContain('The deadline has passed: aborting.');
      expect(await readdir(dir)).toEqual([]);
    });

    it('ends as it would without them when there is no signal', async () => {
      const ended = await start({ chunks: 5 }).ended;
      expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
      expect(ended.stdout).toContain('completed');
      expect(await rowsWritten()).toEqual([5_000, 5_000]);
    });
  },
);

const runUndrained = (options: Partial<UndrainedOptions>): Promise<Ended> =>
  startProgram('undrained-pool', { dir, workers: 1, faults: [], awaited: false, ...options }, 10_000).ended;
const good = { code: 0, signal: null, stderr: '', stdout: 'end of main\n' };

describe.each([{ workers: 2 }, { workers: 0 }])(
  'a program with a pool of $workers workers',
  ({ workers }) => {
    const run = (options: Partial<UndrainedOptions>): Promise<Ended> => runUndrained({ workers, ...options });

    it('ends by itself when nothing was submitted', async () => {
      expect(await run({})).toMatchObject(good);
    });

    it('ends by itself when everything is written, though the workers idle', async () => {
      expect(await run({ faults: [{ kind: 'none' }, { kind: 'none' }], awaited: true })).toMatchObject(good);
      expect((await readdir(dir)).sort()).toEqual(['out-0', 'out-1']);
    });

    it('does not end while writes are pending: running, waiting for a worker, or for their next try', async () => {
      const faults = [
        { kind: 'slow', delayMs: 100 },
        { kind: 'throw', times: 2 },
        { kind: 'slow', delayMs: 100 },
        { kind: 'none' },
      ] as const;
      expect(await run({ faults })).toMatchObject(good);
      expect((await readdir(dir)).sort()).toEqual(['out-0', 'out-1', 'out-2', 'out-3']);
    });
  },
);

it('a program does not end while a crashed worker of its pool is being replaced', async () => {
  expect(await runUndrained({ faults: [{ kind: 'exit', times: 2 }] })).toMatchObject(good);
  expect(await readdir(dir)).toEqual(['out-0']);
});
