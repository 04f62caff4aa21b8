// Owns kill -9 at random moments of jobs that write to a store, each resumed until it is through: nothing lost, nothing twice,
// nothing half visible, and nothing left after a sweep.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorePlace } from '@tailrace/core/testing';
import { startProgram } from '../../support/program.js';

export interface KillCampaign {
  readonly base: string;
  readonly endpoint?: string | undefined;
  place(path: string, kind: 'file' | 'directory'): StorePlace;
  sweep(path: string): Promise<unknown>;
  readonly kills: number;
  readonly random: () => number;
}

export interface KillResult {
  kills: number;
  jobs: number;
  lost: number;
  duplicated: number;
  halfVisible: number;
  left: number;
  readonly problems: string[];
}

const rows = 3_000;
const limitMs = 120_000;

export async function runKillCampaign(campaign: KillCampaign): Promise<KillResult> {
  const { base, endpoint, random, place: placeOf, sweep } = campaign;
  const jobs = await mkdtemp(join(tmpdir(), 'tailrace-store-kills-'));
  const result: KillResult = {
    kills: 0,
    jobs: 0,
    lost: 0,
    duplicated: 0,
    halfVisible: 0,
    left: 0,
    problems: [],
  };
  const bad = (what: 'lost' | 'duplicated' | 'halfVisible' | 'left', said: string): void => {
    result[what] += 1;
    result.problems.push(`${what} after ${result.kills} kills: ${said}`);
  };
  const finished: number[] = [];

  const look = async (job: number, isOver: boolean): Promise<void> => {
    for (const target of ['single', 'swapped', 'grown'] as const) {
      const isFile = target === 'single';
      const path = isFile ? `${base}/single-${job}.ndjson` : `${base}/${target}`;
      const counts = await countsOf(placeOf(path, isFile ? 'file' : 'directory'));
      for (const [found, { total, distinct }] of counts) {
        if (total > distinct) bad('duplicated', `${target} has ${total} rows of job ${found}`);
        else if (distinct < rows) bad('halfVisible', `${target} has ${distinct} rows of job ${found}`);
      }
      const wanted = target === 'grown' ? [...finished] : [];
      if (isOver) wanted.push(job);
      for (const one of wanted) if (!counts.has(one)) bad('lost', `${target} has nothing of job ${one}`);
      if (target === 'swapped' && counts.size === 0 && finished.length > 0) bad('lost', 'swapped is empty');
    }
  };
  const start = (job: number) => startProgram('stored-run', { base, jobs, job, rows, endpoint }, limitMs);

  try {
    let usualMs = 1_500;
    for (let job = 1; result.kills < campaign.kills; job += 1) {
      result.jobs = job;
      for (let tries = 0; tries < 5 && result.kills < campaign.kills; tries += 1) {
        const program = start(job);
        const moments = [undefined, 'flushing', 'published'] as const;
        const word = moments[Math.floor(random() * moments.length)];
        const timer = new Promise<void>((resolve) =>
          setTimeout(resolve, random() * (word === undefined ? usualMs : 100)),
        );
        if (word !== undefined)
          await Promise.race([program.said(word).catch(() => undefined), program.ended]);
        await Promise.race([timer, program.ended]);
        program.kill('SIGKILL');
        const ended = await program.ended;
        if (ended.signal !== 'SIGKILL' && ended.code !== 0) {
          throw new Error(`job ${job} failed: ${ended.stderr.slice(-2_000)}`);
        }
        if (ended.signal === 'SIGKILL') result.kills += 1;
        // So that a campaign that is stopped has told what it saw.
        if (result.kills % 10 === 0) process.stdout.write(`${JSON.stringify(result)}\n`);
        await look(job, ended.code === 0);
        if (ended.code === 0) break;
      }
      const last = await start(job).ended;
      if (last.code !== 0)
        throw new Error(`job ${job} failed when it was resumed: ${last.stderr.slice(-2_000)}`);
      usualMs = Math.max(500, last.elapsedMs);
      await look(job, true);
      finished.push(job);
    }
    const targets = [
      ...finished.map((job) => `${base}/single-${job}.ndjson`),
      `${base}/swapped`,
      `${base}/grown`,
    ];
    for (const path of targets) {
      await sweep(path);
      const left = await placeOf(path, path.endsWith('.ndjson') ? 'file' : 'directory').leftovers();
      if (left.length > 0) bad('left', `${path}: ${left.join(', ')}`);
    }
    return result;
  } finally {
    await rm(jobs, { recursive: true, force: true });
  }
}

async function countsOf(place: StorePlace): Promise<Map<number, { total: number; distinct: number }>> {
  const seen = new Map<number, { total: number; readonly numbers: Set<number> }>();
  for (const file of await place.files()) {
    for (const line of Buffer.from(await place.read(file))
      .toString()
      .split('\n')) {
      if (line === '') continue;
      // As stored-run.ts writes them.
      const { n, job } = JSON.parse(line) as { readonly n: number; readonly job: number };
      const one = seen.get(job) ?? { total: 0, numbers: new Set<number>() };
      one.total += 1;
      one.numbers.add(n);
      seen.set(job, one);
    }
  }
  return new Map([...seen].map(([job, { total, numbers }]) => [job, { total, distinct: numbers.size }]));
}
