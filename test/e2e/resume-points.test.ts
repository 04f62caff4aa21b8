// A job that is killed at a named point, in a process of its own, and run again: what was published is found and left
// alone, the rest is written, nothing is there twice.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WriteMode } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { query } from '../support/duckdb.js';
import type { KillPoint } from '../support/kill-at-record.js';
import { startProgram } from '../support/program.js';
import { rowsOfOutput, twoOutputs } from '../support/two-outputs.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-resume-points-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Way {
  readonly mode: WriteMode;
  readonly publish: 'swap' | 'generations';
}

/** Rows and different numbers by job and partition. */
const partsOf = async (): Promise<unknown[]> =>
  query(
    `select job::int as job, part, count(*)::int as rows, count(distinct n)::int as numbers
     from read_parquet('${dir}/first/**/*.parquet', hive_partitioning = true) group by job, part order by job, part`,
  );
const part = (job: number, name: string, rows: number) => ({ job, part: name, rows, numbers: rows });
const before = ['p0', 'p1', 'p2'].map((name) => part(0, name, rowsOfOutput / 3));
const added = ['p1', 'p3'].map((name) => part(1, name, rowsOfOutput / 2));
const after: Partial<Record<WriteMode, unknown[]>> = {
  error: added,
  overwrite: added,
  append: [...before, ...added],
  overwritePartitions: [...before.filter(({ part: name }) => name !== 'p1'), ...added],
};

/** Inodes and times of all that is published: equal when nothing was touched. */
async function traces(name: string): Promise<unknown[]> {
  const path = join(dir, name);
  const names = ['', ...(await readdir(path, { recursive: true }))].sort();
  return Promise.all(
    names.map(async (below) => {
      const { ino, mtimeNs, size } = await stat(join(path, below), { bigint: true });
      return [below, ino, mtimeNs, size];
    }),
  );
}

/** Runs job 0, which is there before, and job 1 until it is killed. */
async function killed({ mode, publish }: Way, point: KillPoint): Promise<void> {
  if (mode !== 'error')
    await twoOutputs({ dir, job: 0, mode, publish }, () => undefined).run({ workers: 1 }).completed;
  const ended = await startProgram('killed-run', { dir, job: 1, mode, publish, point }, 60_000).ended;
  expect(ended).toMatchObject({ signal: 'SIGKILL', stderr: '' });
}
async function resumed({ mode, publish }: Way) {
  const opened: string[] = [];
  const run = twoOutputs({ dir, job: 1, mode, publish }, (source) => opened.push(source)).run({
    workers: 1,
    resume: join(dir, 'jobs'),
  });
  const { kept, outputs } = await run.completed;
  expect(outputs.map(({ state, rows }) => [state, rows])).toEqual([
    ['done', rowsOfOutput],
    ['done', rowsOfOutput],
  ]);
  return { kept, opened };
}
async function expectOnce({ mode, publish }: Way): Promise<void> {
  expect(await partsOf()).toEqual(after[mode]);
  expect(
    await query(`select job::int as job, count(*)::int as rows, count(distinct n)::int as numbers
    from read_csv('${dir}/second/*.csv') group by job order by job`),
  ).toEqual(
    (mode === 'error' ? [1] : [0, 1]).map((job) => ({ job, rows: rowsOfOutput, numbers: rowsOfOutput })),
  );
  // One version for each job that was published, and none that nobody shows.
  if (publish === 'generations') expect(await readdir(join(dir, '.first.gen'))).toHaveLength(2);
  const left = (await readdir(dir)).filter((name) => name.startsWith('.') && name !== '.first.gen');
  expect(left).toEqual([]);
}

const ways: readonly Way[] = [
  { mode: 'append', publish: 'generations' },
  { mode: 'overwrite', publish: 'generations' },
  { mode: 'overwritePartitions', publish: 'generations' },
  { mode: 'overwritePartitions', publish: 'swap' },
  { mode: 'error', publish: 'swap' },
];
const named = ways.map((way): [WriteMode, Way['publish'], Way] => [way.mode, way.publish, way]);

describe('a job that is killed', () => {
  it.each(named)(
    'after it has published in mode %s by %s, before its journal knows: what is published is found by its manifest',
    async (_mode, _publish, way) => {
      await killed(way, { record: 'committed', output: 'first', when: 'before' });
      expect(await partsOf()).toEqual(after[way.mode]);
      const was = await traces('first');
      expect(await resumed(way)).toEqual({ kept: ['first'], opened: ['two'] });
      expect(await traces('first')).toEqual(was);
      await expectOnce(way);
    },
  );

  it('once its journal knows: what is published stays, the rest is written', async () => {
    const way: Way = { mode: 'overwritePartitions', publish: 'generations' };
    await killed(way, { record: 'committed', output: 'first', when: 'after' });
    const was = await traces('first');
    expect(await resumed(way)).toEqual({ kept: ['first'], opened: ['two'] });
    expect(await traces('first')).toEqual(was);
    await expectOnce(way);
  });

  it.each(named)(
    'when it is about to publish in mode %s by %s: nothing of it is there, and all of it is written',
    async (_mode, _publish, way) => {
      await killed(way, { record: 'intent', output: 'first', when: 'after' });
      if (way.mode === 'error') expect(await readdir(dir)).not.toContain('first');
      else expect(await partsOf()).toEqual(before);
      const { kept, opened } = await resumed(way);
      expect([kept, opened.sort()]).toEqual([[], ['one', 'two']]);
      await expectOnce(way);
    },
  );

  it('when all is published and it was to say so: nothing is read again, and nothing is touched', async () => {
    const way: Way = { mode: 'overwritePartitions', publish: 'generations' };
    await killed(way, { record: 'done', output: '', when: 'before' });
    const was = [await traces('first'), await traces('second')];
    expect(await resumed(way)).toEqual({ kept: ['first', 'second'], opened: [] });
    expect([await traces('first'), await traces('second')]).toEqual(was);
    await expectOnce(way);
  });
});
