// Outputs that commit together: all of them or none, whatever fails, whoever cancels, wherever the process dies.
// TAILRACE_KILLS says how many kills (8), TAILRACE_SEED where the random numbers begin.
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  customSink,
  defineSchema,
  type Flow,
  fromIterable,
  int32,
  pipeline,
  type Report,
  type RunOptions,
  type Source,
  type Stage,
} from '@tailrace/core';
import { csv, ndjson } from '@tailrace/writers';
import { map } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Program, startProgram } from '../support/program.js';

const rows = 1_000;
const schema = defineSchema({ n: int32(), job: int32() });
interface Row {
  readonly n: number;
  readonly job: number;
}
let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-group-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const members = ['single.ndjson', 'swapped', 'grown', 'listed', 'flag.ndjson'] as const;
type Member = (typeof members)[number];

/** Rows by job that a reader finds at a target; undefined when the path is absent. */
async function found(member: Member): Promise<Record<string, number> | undefined> {
  if (!readdirSync(dir).includes(member)) return undefined;
  const path = join(dir, member);
  const files = member.endsWith('.ndjson')
    ? [path]
    : (await readdir(path)).filter((name) => name.endsWith('.csv')).map((name) => join(path, name));
  const counts: Record<string, number> = {};
  for (const file of files) {
    const [head, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const texts = file.endsWith('.csv') ? lines : [head ?? '', ...lines];
    for (const text of texts) {
      const job = file.endsWith('.csv') ? (text.split(',')[1] ?? '') : String(JSON.parse(text).job);
      counts[job] = (counts[job] ?? 0) + 1;
    }
  }
  return counts;
}
const foundAll = (): Promise<(Record<string, number> | undefined)[]> => Promise.all(members.map(found));

/** What is at each target once a job is through, or before any is. */
function wanted(job: number): (Record<string, number> | undefined)[] {
  if (job < 0) return members.map(() => undefined);
  const grown = Object.fromEntries(Array.from({ length: job + 1 }, (_, one) => [String(one), rows]));
  return members.map((member) => (member === 'grown' ? grown : { [job]: rows }));
}

const source = (job: number): Source<Row> =>
  fromIterable(
    Array.from({ length: rows }, (_, n) => ({ n, job })),
    { fingerprint: String(job) },
  );
type Extra = (flow: Flow, raw: Stage<Row>) => Parameters<Flow['commitGroup']>[1][number];
function run(job: number, extra?: Extra, options: RunOptions = {}) {
  const mode = 'overwrite';
  return pipeline('grouped', (flow) => {
    const raw = flow.source('rows', source(job), { schema });
    const outputs = [
      flow.write('single', raw, ndjson(join(dir, 'single.ndjson'), { mode })),
      flow.write('swapped', raw, csv(join(dir, 'swapped'), { mode })),
      flow.write('grown', raw, csv(join(dir, 'grown'), { mode: 'append' })),
      flow.write('listed', raw, csv(join(dir, 'listed'), { mode, publish: 'generations' })),
    ] as const;
    const more = extra === undefined ? [] : [extra(flow, raw)];
    const flag = flow.write('flag', raw, ndjson(join(dir, 'flag.ndjson'), { mode }));
    flow.commitGroup('nightly', [...outputs, ...more, flag]);
  }).run({ workers: 1, ...options });
}
const settled = (job: number, extra?: Extra, options?: RunOptions): Promise<Report> =>
  run(job, extra, options).settled;
const hidden = async (): Promise<string[]> => (await readdir(dir)).filter((name) => name.includes('.stage-'));

describe('outputs that commit together', () => {
  it('are published, and the report says so', async () => {
    const report = await settled(0);
    expect(report).toMatchObject({ state: 'completed' });
    expect(report.groups).toEqual([
      { name: 'nightly', outputs: ['single', 'swapped', 'grown', 'listed', 'flag'], state: 'done' },
    ]);
    expect(await foundAll()).toEqual(wanted(0));
    expect(await settled(1)).toMatchObject({ state: 'completed' });
    expect(await foundAll()).toEqual(wanted(1));
    expect(await hidden()).toEqual([]);
  });

  it('are all left as they were when one of them fails, and each says because of which', async () => {
    await settled(0);
    const failing: Extra = (flow, raw) =>
      flow.write(
        'bad',
        flow.stage(
          'broken',
          raw,
          map((row): Row => {
            if (row.n === rows - 1) throw new Error('the last row is bad');
            return row;
          }),
          { schema },
        ),
        csv(join(dir, 'bad')),
      );
    const report = await settled(1, failing);
    expect(report.state).toBe('failed');
    expect(report.groups).toMatchObject([{ state: 'failed' }]);
    for (const { name, state, error } of report.outputs) {
      expect(state, name).toBe('failed');
      expect(error?.message, name).toContain('the last row is bad');
      if (name !== 'bad') expect(error?.message, name).toContain('together with "bad" (group "nightly")');
    }
    expect(await foundAll()).toEqual(wanted(0));
    expect(await hidden()).toEqual([]);
    expect(await settled(1)).toMatchObject({ state: 'completed' });
    expect(await foundAll()).toEqual(wanted(1));
  });

  it('are all left as they were when one target cannot be opened', async () => {
    await settled(0);
    await mkdir(join(dir, 'there'));
    await writeFile(join(dir, 'there/file'), '');
    const report = await settled(1, (flow, raw) => flow.write('there', raw, csv(join(dir, 'there'))));
    expect(report.outputs.map(({ state }) => state)).toEqual(Array(6).fill('failed'));
    expect(report.outputs[0]?.error?.message).toContain('together with "there"');
    expect(await foundAll()).toEqual(wanted(0));
  });

  it('are all left as they were when the run is aborted', async () => {
    await settled(0);
    const aborted = run(1);
    aborted.abort();
    expect(await aborted.settled).toMatchObject({ state: 'cancelled', groups: [{ state: 'failed' }] });
    expect(await foundAll()).toEqual(wanted(0));
    expect(await hidden()).toEqual([]);
  });

  it('are refused when a sink cannot take part, before anything is computed', async () => {
    const sink = customSink<Row>(
      pathToFileURL(createRequire(import.meta.url).resolve('#modules/totals-sink')),
      {
        path: join(dir, 'totals.json'),
      },
    );
    const report = await settled(0, (flow, raw) => flow.write('totals', raw, sink));
    expect(report.outputs.find(({ name }) => name === 'totals')?.error).toMatchObject({
      code: 'PLAN_INVALID',
    });
    expect(report.outputs.map(({ state }) => state)).toEqual(Array(6).fill('failed'));
    expect(await foundAll()).toEqual(wanted(-1));
  });
});

describe('outputs of a resumed job that commit together', () => {
  const mode = 'overwrite';
  let isBroken = true;
  const sometimes = map((row: Row): Row => {
    if (isBroken && row.n === rows - 1) throw new Error('the last row is bad');
    return row;
  });
  beforeEach(() => {
    isBroken = true;
  });
  const fragile = (flow: Flow, raw: Stage<Row>): Stage<Row> =>
    flow.stage('fragile', raw, sometimes, { schema });
  const groupsOf = async (report: Promise<Report>): Promise<unknown> =>
    (await report).groups.map(({ state }) => state);

  it('are not published when one of them fails, and are published once when the job goes on', async () => {
    await settled(0);
    const options = { resume: join(dir, 'jobs/1') };
    const more: Extra = (flow, raw) =>
      flow.write('more', fragile(flow, raw), csv(join(dir, 'more'), { mode }));
    expect(await groupsOf(settled(1, more, options))).toEqual(['failed']);
    expect(await foundAll()).toEqual(wanted(0));
    isBroken = false;
    expect(await groupsOf(settled(1, more, options))).toEqual(['done']);
    expect(await foundAll()).toEqual(wanted(1));
    const again = await settled(1, more, options);
    expect(again.groups).toMatchObject([{ state: 'done' }]);
    expect(again.outputs.map(({ kept }) => kept)).toEqual(Array(6).fill(true));
    expect(await foundAll()).toEqual(wanted(1));
    expect(await hidden()).toEqual([]);
  });

  it('are shown by one new generation each, and by none while one of them fails', async () => {
    const names = ['first', 'second', 'third'];
    const job = (): Promise<Report> =>
      pipeline('listed', (flow) => {
        const raw = flow.source('rows', source(0), { schema });
        const stage = fragile(flow, raw);
        const write = (name: string, from: Stage<Row>) =>
          flow.write(name, from, csv(join(dir, name), { mode, publish: 'generations' }));
        flow.commitGroup('nightly', [write('first', raw), write('second', stage), write('third', raw)]);
      }).run({ workers: 1, resume: join(dir, 'jobs/listed') }).settled;
    const generations = (): Promise<string[][]> =>
      Promise.all(names.map((name) => readdir(join(dir, `.${name}.gen`)).catch(() => [])));

    expect(await groupsOf(job())).toEqual(['failed']);
    expect(await generations()).toEqual([[], [], []]);
    isBroken = false;
    expect(await groupsOf(job())).toEqual(['done']);
    const published = await generations();
    expect(published.map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(await groupsOf(job())).toEqual(['done']);
    expect(await generations()).toEqual(published);
    expect(await hidden()).toEqual([]);
  });
});

const kills = Number(process.env.TAILRACE_KILLS ?? 8);
const seed = Number(process.env.TAILRACE_SEED ?? 4_011);

/** Numbers from 0 to 1 that are the same for the same seed. */
function* shares(): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** The stage of the last member holds the decision, from the moment when it falls. */
function isDecided(): boolean {
  for (const name of readdirSync(dir)) {
    if (!name.startsWith('.flag.ndjson.stage-')) continue;
    try {
      if (readdirSync(join(dir, name)).some((entry) => entry.startsWith('.decided-'))) return true;
    } catch {
      // Removed between the two looks.
    }
  }
  return false;
}

async function killedAt(program: Program, moment: number, share: number): Promise<boolean> {
  let over = false;
  const ended = program.ended.finally(() => {
    over = true;
  });
  if (moment === 0) await program.said('flushing').catch(() => undefined);
  else while (!over && !isDecided()) await turn();
  const until = performance.now() + share * (moment === 0 ? 60 : 6);
  while (!over && performance.now() < until) await turn();
  program.kill('SIGKILL');
  return (await ended).signal === 'SIGKILL';
}

/** Somebody else's run on one path, which comes to nothing. */
async function touch(member: string): Promise<void> {
  const broken = map((): Row => {
    throw new Error('nothing comes of it');
  });
  const path = join(dir, member);
  const options = { mode: 'overwrite' } as const;
  await pipeline('other', (flow) => {
    const stage = flow.stage('broken', flow.source('rows', source(0), { schema }), broken, { schema });
    flow.write('other', stage, member.endsWith('.ndjson') ? ndjson(path, options) : csv(path, options));
  }).run({ workers: 0 }).settled;
}

/** Loaded before the program: it is dead as soon as the decision has fallen. */
const killAtDecision = `data:text/javascript,${encodeURIComponent(`
  import promises from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  const { rename } = promises;
  promises.rename = async (from, to) => {
    await rename(from, to);
    if (String(to).includes('.decided-')) process.kill(process.pid, 'SIGKILL');
  };
  syncBuiltinESMExports();
`)}`;

describe('a group whose process is killed when the decision has fallen, before anything is published', () => {
  it.each(['single.ndjson', 'swapped', 'grown', 'flag.ndjson'])(
    'is new as a whole once anybody has begun on %s, and a resumed job publishes nothing twice',
    async (member) => {
      await settled(0);
      const options = { dir, job: 1, rows };
      const nodeArgs = ['--import', killAtDecision];
      expect(await startProgram('grouped-run', options, 60_000, nodeArgs).ended).toMatchObject({
        signal: 'SIGKILL',
      });
      expect(isDecided()).toBe(true);
      expect(await foundAll()).toEqual(wanted(0));
      await touch(member);
      expect(await foundAll()).toEqual(wanted(1));
      expect(await startProgram('grouped-run', options, 60_000).ended).toMatchObject({ code: 0, stderr: '' });
      expect(await foundAll()).toEqual(wanted(1));
      expect(await hidden()).toEqual([]);
    },
    120_000,
  );
});

describe(`a group whose process is killed ${kills} times`, () => {
  it(
    'is old or new as a whole once anybody has begun on one of its paths, and a resumed job publishes it once',
    async () => {
      const random = shares();
      const draw = (below: number): number => Math.floor(random.next().value * below);
      const counts = { tried: 0, decided: 0, old: 0, new: 0 };
      for (let job = 0; counts.tried < kills; job += 1) {
        const start = (): Program => startProgram('grouped-run', { dir, job, rows }, 60_000);
        const wasKilled = await killedAt(start(), draw(3), random.next().value);
        const when = `job ${job} of seed ${seed}`;
        if (wasKilled) {
          counts.tried += 1;
          counts.decided += isDecided() ? 1 : 0;
          const [before, after] = [wanted(job - 1), wanted(job)];
          const seen = await foundAll();
          // Between the two renames of a swap a path is absent; nothing is ever half there.
          for (const [index, one] of seen.entries()) {
            if (one !== undefined) expect([before[index], after[index]], when).toContainEqual(one);
          }
          if (JSON.stringify(seen.at(-1)) === JSON.stringify(after.at(-1))) expect(seen, when).toEqual(after);
          await touch(['single.ndjson', 'swapped', 'grown', 'flag.ndjson'][draw(4)] ?? 'grown');
          const repaired = await foundAll();
          expect([before, after], when).toContainEqual(repaired);
          counts[JSON.stringify(repaired) === JSON.stringify(after) ? 'new' : 'old'] += 1;
        }
        const ended = await start().ended;
        expect(ended, when).toMatchObject({ code: 0, stderr: '' });
        expect(await foundAll(), when).toEqual(wanted(job));
        expect(await hidden(), when).toEqual([]);
      }
      process.stdout.write(`group after kill -9, seed ${seed}: ${JSON.stringify(counts)}\n`);
      expect(counts.old + counts.new).toBe(kills);
    },
    120_000 + kills * 10_000,
  );
});
