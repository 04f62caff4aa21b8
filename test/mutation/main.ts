// Owns the command line of `npm run mutate`; README.md beside this file tells what it takes.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { catchersOf, type Durations, ImportGraph, textsDigest } from './catchers.js';
import { findMutations, type Mutation } from './find-mutations.js';
import { killOpenGroups } from './process-groups.js';
import { addResult, describeScore, isWorthATrial, readResults, resultOf, scoreOf } from './results.js';
import { environmentOf, measure, type Places, type SuiteName, suiteNames, tryMutation } from './suites.js';
import { type TestHost, testHost } from './test-host.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    shard: { type: 'string' },
    worlds: { type: 'string' },
    suites: { type: 'string' },
    minutes: { type: 'string' },
    again: { type: 'boolean' },
    survivors: { type: 'boolean' },
    list: { type: 'boolean' },
    score: { type: 'boolean' },
    measure: { type: 'boolean' },
  },
});
const root = process.cwd();
const sources = join(root, 'packages/core/src');
const resultsPath = join(root, 'test/mutation/results.json');
const durationsPath = join(root, 'test/mutation/durations.json');
/** Memory, where Linux has it: tests sync a great deal, and what they sync there costs nothing. */
const scratchFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
/** Folders of packages/core/src with a protocol in them, and which of their files. */
const subjects: readonly { readonly folder: string; readonly file: RegExp }[] = [
  {
    folder: 'store/local',
    file: /^(?!.*\.test\.ts$|fault-injection|durability|group-bench|store-bench).*\.ts$/,
  },
  { folder: 'store/journal', file: /^(?!.*\.test\.ts$).*\.ts$/ },
  { folder: 'sink/file', file: /^(?!.*\.test\.ts$|.*-fixtures|lines-format|memory-store).*\.ts$/ },
  { folder: 'output', file: /\.machine\.ts$/ },
];

function suitesOf(text: string | undefined): readonly SuiteName[] {
  if (text === undefined) return suiteNames;
  const suites = suiteNames.filter((name) => text.split(',').includes(name));
  if (suites.length === 0) throw new Error(`--suites takes some of ${suiteNames.join(',')}, not ${text}.`);
  return suites;
}

function shardOf(text: string | undefined): (at: number) => boolean {
  if (text === undefined) return () => true;
  const [part = 0, of = 0] = text.split('/').map(Number);
  if (!(part >= 1 && part <= of)) throw new Error(`--shard takes a part such as 1/4, not ${text}.`);
  return (at) => at % of === part - 1;
}

const all: Mutation[] = subjects.flatMap(({ folder, file }) =>
  readdirSync(join(sources, folder))
    .filter((name) => file.test(name))
    .flatMap((name) => {
      const path = `${folder}/${name}`;
      return findMutations(path, readFileSync(join(sources, path), 'utf8'));
    }),
);
const chosen = all.filter(({ name }) => name.includes(values.only ?? ''));
const isInShard = shardOf(values.shard);

const graph = new ImportGraph(sources);

async function measureAll(_scratch: string, _places: Places, host: TestHost): Promise<void> {
  const tests = new Set(all.flatMap(({ file }) => graph.testsOf(file)));
  writeFileSync(durationsPath, `${JSON.stringify(await measure([...tests], host), undefined, 2)}\n`);
}

async function tryAll(scratch: string, places: Places, host: TestHost): Promise<void> {
  const suites = suitesOf(values.suites);
  // Written by `measureAll`.
  const durations = JSON.parse(readFileSync(durationsPath, 'utf8')) as Durations;
  const until = performance.now() + Number(values.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  for (const mutation of chosen.filter((_, at) => isInShard(at))) {
    const before = resultOf(readResults(resultsPath), mutation);
    const catching = graph.testsOf(mutation.file);
    const tests = textsDigest(sources, catching);
    if (!values.again && !isWorthATrial(before, suites, tests)) continue;
    if (values.survivors && before === undefined) continue;
    if (performance.now() > until) break;
    const startedAt = performance.now();
    const caught = await tryMutation(mutation, {
      root,
      scratch,
      suites,
      host,
      places,
      worlds: Number(values.worlds ?? 300),
      catchers: catchersOf(mutation.file, catching, durations),
    });
    addResult(resultsPath, mutation, caught === undefined ? { tried: suites, tests } : { caught });
    const took = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.log(
      `${caught === undefined ? 'SURVIVED' : `caught by ${caught.by}`} (${took} s): ${mutation.name}`,
    );
  }
}

async function withHost(
  action: (scratch: string, places: Places, host: TestHost) => Promise<void>,
): Promise<void> {
  const scratch = mkdtempSync(join(scratchFolder, 'tailrace-mutation-'));
  // Among core's modules, so that what a build of it loads is found.
  const core = join(root, 'packages/core/node_modules/.cache', `tailrace-mutant-core-${process.pid}`);
  const places = { mutant: join(scratch, 'mutant.json'), core };
  const host = testHost(root, environmentOf(scratch, places));
  const clear = (): void => {
    for (const path of [scratch, core]) rmSync(path, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      killOpenGroups();
      clear();
      process.exit(1);
    });
  try {
    await action(scratch, places, host);
  } finally {
    await host.end();
    clear();
  }
}

if (values.list) {
  for (const { name } of chosen) console.log(name);
} else if (values.measure) {
  await withHost(measureAll);
} else {
  if (!values.score) await withHost(tryAll);
  const score = scoreOf(chosen, readResults(resultsPath));
  console.log(describeScore(score));
  process.exitCode = score.survivors.length > 0 ? 1 : 0;
}
