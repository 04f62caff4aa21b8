// kill -9 at random moments of a job, resumed until it is through: nothing lost, nothing twice, nothing half visible.
// TAILRACE_KILLS says how many kills (100), TAILRACE_SEED where the random numbers begin.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { query } from '../support/duckdb.js';
import { type Ended, type Program, startProgram } from '../support/program.js';

const rows = 12_000;
// A process takes one to three seconds; on a machine that does much else many times that, which is no hang.
const limitMs = 300_000;
/** For the whole of it, per kill with all looks after it: ten times what it takes on a machine with five times its work to do. */
const limitPerKillMs = 30_000;
const kills = Number(process.env.TAILRACE_KILLS ?? 100);
const seed = Number(process.env.TAILRACE_SEED ?? 20_010_102);

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-resume-kill-'));
});
afterEach(async () => {
  // Also when the time was up: what was found until then is the reason to look for.
  process.stdout.write(
    `resume after kill -9, seed ${seed}: ${[JSON.stringify(counts), ...problems].join('\n')}\n`,
  );
  await rm(dir, { recursive: true, force: true });
});

/** Numbers from 0 to 1 that are the same for the same seed. */
function* shares(): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

interface Version {
  readonly job: number;
  readonly rows: number;
  readonly numbers: number;
  readonly total: number;
  readonly draws: readonly number[];
}
type Target = 'single' | 'swapped' | 'grown' | 'listed';
const targets: readonly Target[] = ['single', 'swapped', 'grown', 'listed'];

/** What a reader finds at a target, by job; undefined when the path is absent. */
async function found(target: Target, job: number): Promise<Version[] | undefined> {
  const name = target === 'single' ? `single-${job}.ndjson` : target;
  if (!(await readdir(dir)).includes(name)) return undefined;
  const from = {
    single: `read_json('${dir}/${name}', format = 'newline_delimited')`,
    swapped: `read_parquet('${dir}/swapped/**/*.parquet', hive_partitioning = true)`,
    // Told, not guessed file by file: a file whose numbers happen to be whole would have another type.
    grown: `read_csv('${dir}/grown/*.csv', types = {'drawn': 'DOUBLE'})`,
    listed: `read_parquet('${dir}/listed/*.parquet')`,
  }[target];
  const versions = await query(
    `select job::int as job, count(*)::int as rows, count(distinct n)::int as numbers, sum(n)::double as total,
     list(distinct drawn::double)::varchar as draws from ${from} group by job order by job`,
  );
  return versions.map((version) => ({
    job: Number(version.job),
    rows: Number(version.rows),
    numbers: Number(version.numbers),
    total: Number(version.total),
    draws: String(version.draws).replaceAll(/[[\]]/g, '').split(',').map(Number),
  }));
}

/** What went wrong, as the table of docs/guarantees.md has it. */
const counts = { tried: 0, lost: 0, duplicated: 0, halfVisible: 0, altered: 0, hung: 0 };
const problems: string[] = [];
function bad(what: Exclude<keyof typeof counts, 'tried'>, seen: string): void {
  counts[what] += 1;
  problems.push(`${what} after ${counts.tried} kills: ${seen}`);
}

function judge(target: Target, version: Version): void {
  const seen = `${target} shows ${JSON.stringify(version)}`;
  if (version.rows > rows || version.numbers < version.rows) bad('duplicated', seen);
  else if (version.rows < rows) bad('halfVisible', seen);
  else if (version.total !== (rows * (rows - 1)) / 2 || version.draws.length !== 1) bad('altered', seen);
}

/** @param finished jobs before this one in the directory, all of whose rows must still be in what grows */
async function look(job: number, finished: readonly number[], isOver: boolean): Promise<void> {
  const draws = new Set<number>();
  for (const target of targets) {
    const versions = await found(target, job);
    if (versions === undefined) {
      // Between the two renames of a swap the old version stands beside the path, until the next run.
      const isSwap = (await readdir(dir)).some((name) => name.startsWith(`.${target}.old-`));
      if (isOver || (finished.length > 0 && target !== 'single' && !isSwap))
        bad('lost', `${target} is absent`);
      continue;
    }
    for (const version of versions) {
      judge(target, version);
      if (version.job === job) for (const draw of version.draws) draws.add(draw);
    }
    const there = versions.map((version) => version.job);
    const wanted = target === 'grown' || target === 'listed' ? [...finished] : [];
    if (isOver) wanted.push(job);
    for (const one of wanted) if (!there.includes(one)) bad('lost', `${target} has nothing of job ${one}`);
    if (isOver && target === 'swapped' && there.length > 1)
      bad('duplicated', `${target} holds jobs ${there}`);
  }
  if (draws.size > 1) bad('altered', `outputs of job ${job} are of several computations: ${[...draws]}`);
}

/** A third anywhere, a third while outputs are made ready and published, a third while some are published and some not. */
const moments = (usualMs: number): readonly (readonly [word: string, spreadMs: number])[] => [
  ['writing', usualMs],
  ['flushing', 150],
  ['published', 15],
];

async function killedAfter(program: Program, word: string, delayMs: number): Promise<Ended> {
  // A job that has nothing left to do never says it.
  await program.said(word).catch(() => undefined);
  const timer = setTimeout(() => program.kill('SIGKILL'), delayMs);
  const ended = await program.ended;
  clearTimeout(timer);
  if (ended.elapsedMs >= limitMs)
    bad('hung', `a process that was to be killed ${delayMs} ms after '${word}'`);
  return ended;
}

function expectSuccess(ended: Ended, job: number): void {
  const what = `job ${job} of seed ${seed}, after ${counts.tried} kills: ${JSON.stringify(ended)}`;
  expect(ended, what).toMatchObject({ code: 0, stderr: '' });
}

it(`publishes each output of a job once, whole and of one computation, through ${kills} kills`, {
  timeout: 60_000 + kills * limitPerKillMs,
}, async () => {
  const random = shares();
  const draw = (): number => random.next().value;
  let finished: number[] = [];
  let usualMs = 400;
  for (let job = 0; counts.tried < kills; job += 1) {
    const durable = job % 2 === 1;
    const start = (): Program => startProgram('resumed-run', { dir, job, rows, durable }, limitMs);
    for (let left = Math.min(kills - counts.tried, 1 + Math.floor(draw() * 6)); left > 0; left -= 1) {
      const [word, spreadMs] = moments(usualMs)[Math.floor(draw() * 3)] ?? ['writing', usualMs];
      const ended = await killedAfter(start(), word, draw() * spreadMs);
      if (ended.signal === 'SIGKILL') counts.tried += 1;
      else expectSuccess(ended, job);
      await look(job, finished, false);
    }
    const ended = await start().ended;
    expectSuccess(ended, job);
    usualMs = Math.min(1_000, Math.max(100, ended.elapsedMs / 2));
    finished.push(job);
    await look(job, finished.slice(0, -1), true);
    // What has grown for long takes long to look at.
    if (finished.length < 8) continue;
    await rm(dir, { recursive: true });
    dir = await mkdtemp(join(tmpdir(), 'tailrace-resume-kill-'));
    finished = [];
  }
  expect(problems).toEqual([]);
  expect(counts).toEqual({ tried: kills, lost: 0, duplicated: 0, halfVisible: 0, altered: 0, hung: 0 });
});
