// Owns the command line: `npm run mutate -- [--only TEXT] [--shard 1/4] [--again] [--list] [--score] [--worlds N] [--suites A,B]`.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findMutations, type Mutation } from './find-mutations.js';
import { addResult, describeScore, readResults, resultOf, scoreOf } from './results.js';
import { type SuiteName, tryMutation } from './suites.js';

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
  },
});
const root = process.cwd();
const resultsPath = join(root, 'test/mutation/results.json');
/** Folders of packages/core/src with a protocol in them, and which of their files. */
const subjects: readonly { readonly folder: string; readonly file: RegExp }[] = [
  { folder: 'store/local', file: /^(?!.*\.test\.ts$|fault-injection|durability|store-bench).*\.ts$/ },
  { folder: 'store/journal', file: /^(?!.*\.test\.ts$).*\.ts$/ },
  { folder: 'sink/file', file: /^(?!.*\.test\.ts$|.*-fixtures|lines-format|memory-store).*\.ts$/ },
  { folder: 'output', file: /\.machine\.ts$/ },
];
const known: readonly SuiteName[] = ['unit', 'simulation', 'sweep'];

function suitesOf(text: string | undefined): readonly SuiteName[] {
  if (text === undefined) return known;
  const suites = known.filter((name) => text.split(',').includes(name));
  if (suites.length === 0) throw new Error(`--suites takes some of ${known.join(',')}, not ${text}.`);
  return suites;
}

function shardOf(text: string | undefined): (at: number) => boolean {
  if (text === undefined) return () => true;
  const [part = 0, of = 0] = text.split('/').map(Number);
  if (!(part >= 1 && part <= of)) throw new Error(`--shard takes a part such as 1/4, not ${text}.`);
  return (at) => at % of === part - 1;
}

const all: Mutation[] = subjects.flatMap(({ folder, file }) =>
  readdirSync(join(root, 'packages/core/src', folder))
    .filter((name) => file.test(name))
    .flatMap((name) => {
      const path = `${folder}/${name}`;
      return findMutations(path, readFileSync(join(root, 'packages/core/src', path), 'utf8'));
    }),
);
const chosen = all.filter(({ name }) => name.includes(values.only ?? ''));
const isInShard = shardOf(values.shard);

async function tryAll(): Promise<void> {
  const suites = suitesOf(values.suites);
  const scratch = mkdtempSync(join(tmpdir(), 'tailrace-mutation-'));
  const until = performance.now() + Number(values.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  for (const mutation of chosen.filter((_, at) => isInShard(at))) {
    const before = resultOf(readResults(resultsPath), mutation);
    const isSurvivor = before !== undefined && before.caught === undefined && before.why === undefined;
    if (values.survivors ? !isSurvivor : before !== undefined && !values.again) continue;
    if (performance.now() > until) break;
    const startedAt = performance.now();
    const caught = await tryMutation(mutation, {
      root,
      scratch,
      suites,
      worlds: Number(values.worlds ?? 300),
    });
    addResult(resultsPath, mutation, caught === undefined ? { tried: suites } : { caught });
    const took = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.log(
      `${caught === undefined ? 'SURVIVED' : `caught by ${caught.by}`} (${took} s): ${mutation.name}`,
    );
  }
  rmSync(scratch, { recursive: true, force: true });
}

if (values.list) {
  for (const { name } of chosen) console.log(name);
} else {
  if (!values.score) await tryAll();
  const score = scoreOf(chosen, readResults(resultsPath));
  console.log(describeScore(score));
  process.exitCode = score.survivors.length > 0 ? 1 : 0;
}
