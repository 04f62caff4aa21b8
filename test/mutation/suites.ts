// Owns the suites that a mutation is tried against, one after the other until one catches it.
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { Catchers, Durations } from './catchers.js';
import type { Mutation } from './find-mutations.js';
import { endGroup, openGroup } from './process-groups.js';
import { buildVariable, type Substitute, substituteVariable } from './substitute.js';
import type { TestHost } from './test-host.js';

export type SuiteName = 'unit' | 'simulation' | 'conformance' | 'sweep';

/** The quickest first. */
export const suiteNames: readonly SuiteName[] = ['unit', 'simulation', 'conformance', 'sweep'];

export interface SuiteOptions {
  /** Root of the repository. */
  readonly root: string;
  /** For this process only; on a disk of memory where there is one, since tests sync a great deal. */
  readonly scratch: string;
  readonly worlds: number;
  readonly suites: readonly SuiteName[];
  readonly catchers: Catchers;
  readonly host: TestHost;
  /** Where the host finds the mutation, and builds with it. */
  readonly places: Places;
}

export interface Places {
  readonly mutant: string;
  readonly core: string;
}

export interface Caught {
  readonly by: SuiteName;
  /** The test that failed first, or what the simulation saw. */
  readonly how: string;
}

/** A suite that takes longer has been caught by that: a mutation may loop for ever. Each is about ten times what was seen. */
const timeoutsMs: Readonly<Record<SuiteName, number>> = {
  unit: 120_000,
  simulation: 240_000,
  conformance: 400_000,
  sweep: 1_200_000,
};
/** Exercises core from outside: the kit that authors of stores use, on the local store. */
const conformance = 'test/conformance/local-store.test.ts';
const unitFolder = 'packages/core/src';
const require = createRequire(import.meta.url);

/** What processes have to know that see the mutation. */
export function environmentOf(scratch: string, { mutant, core }: Places): Record<string, string> {
  return {
    [substituteVariable]: mutant,
    [buildVariable]: core,
    TAILRACE_TEST_BUILD: 'skip',
    TMPDIR: scratch,
  };
}

/** The first suite that fails with the mutation, or undefined: it has survived. Rejects when it cannot be built at all. */
export async function tryMutation(mutation: Mutation, options: SuiteOptions): Promise<Caught | undefined> {
  const { root, places, suites } = options;
  const path = resolve(root, unitFolder, mutation.file);
  await checkUnmutated(options);
  writeFileSync(places.mutant, JSON.stringify({ path, text: mutation.text } satisfies Substitute));
  for (const suite of suites) {
    const how = await run(suite, mutation, path, options);
    if (how !== undefined) return { by: suite, how };
  }
  return undefined;
}

function run(
  suite: SuiteName,
  { file }: Mutation,
  path: string,
  options: SuiteOptions,
): Promise<string | undefined> {
  const { quick, slow } = options.catchers;
  switch (suite) {
    case 'unit':
      return tests(suite, quick.map(inUnitFolder), path, options);
    case 'sweep':
      return tests(suite, slow.map(inUnitFolder), path, options);
    case 'conformance':
      return file.startsWith('store/local/') ? conform(path, options) : Promise.resolve(undefined);
    case 'simulation':
      return simulate(options);
  }
}

const inUnitFolder = (test: string): string => `${unitFolder}/${test}`;

/** Milliseconds that each test file takes when nothing is mutated. Rejects when one of them fails then. */
export async function measure(files: readonly string[], host: TestHost): Promise<Durations> {
  const ran = await host.run({ files: files.map(inUnitFolder), changed: [] }, 1_800_000);
  if (ran === undefined || ran.failed !== undefined)
    throw new Error(`without a mutation: ${ran?.failed ?? 'no end'}`);
  return Object.fromEntries(
    Object.entries(ran.durations)
      .map(([name, ms]) => [name.slice(unitFolder.length + 1), ms] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

/** Test files that have passed with nothing mutated. */
const sound = new Set<string>();

/** A test that fails anyhow would catch everything. Each file is run once without a mutation, before the first with one. */
async function checkUnmutated({
  suites,
  catchers: { quick, slow },
  host,
  places,
}: SuiteOptions): Promise<void> {
  const needed = [...(suites.includes('unit') ? quick : []), ...(suites.includes('sweep') ? slow : [])];
  const unseen = needed.map(inUnitFolder).filter((file) => !sound.has(file));
  if (unseen.length === 0) return;
  rmSync(places.mutant, { force: true });
  const changed = before === undefined ? [] : [before];
  const ran = await host.run({ files: unseen, changed }, timeoutsMs.sweep);
  if (ran === undefined || ran.failed !== undefined)
    throw new Error(`Without any mutation a test fails, so nothing can be tried: ${ran?.failed ?? 'no end'}`);
  for (const file of unseen) sound.add(file);
}

/** The mutated file of the run before: it is whole again. */
let before: string | undefined;

async function tests(
  suite: SuiteName,
  files: readonly string[],
  path: string,
  { host }: SuiteOptions,
): Promise<string | undefined> {
  if (files.length === 0) return undefined;
  const changed = before === undefined ? [path] : [before, path];
  before = path;
  const ran = await host.run({ files, changed }, timeoutsMs[suite]);
  return ran === undefined ? `no end after ${timeoutsMs[suite] / 1000} s` : ran.failed;
}

async function conform(path: string, options: SuiteOptions): Promise<string | undefined> {
  const { root, places } = options;
  const core = join(root, 'packages/core');
  mkdirSync(places.core, { recursive: true });
  // With the names by which core finds its own parts.
  copyFileSync(join(core, 'package.json'), join(places.core, 'package.json'));
  await build('test/mutation/core.config.ts', core, options, {});
  return tests('conformance', [conformance], path, options);
}

async function build(
  config: string,
  cwd: string,
  { root, scratch, places }: SuiteOptions,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const tsup = require.resolve('tsup/dist/cli-default.js');
  const built = await execute(
    [tsup, '--config', join(root, config)],
    cwd,
    { ...env, ...environmentOf(scratch, places) },
    120_000,
  );
  if (built.code !== 0) throw new Error(`${config} cannot be built: ${built.stderr}`);
}

async function simulate(options: SuiteOptions): Promise<string | undefined> {
  const { root, scratch, worlds } = options;
  const out = join(root, 'packages/core/node_modules/.cache', `tailrace-mutant-${process.pid}`);
  await build('test/simulation/tsup.config.ts', root, options, { TAILRACE_PLANT_OUT: out });
  const ran = await execute(
    [join(out, 'main.js'), '--json', '--runs', String(worlds)],
    root,
    { TMPDIR: scratch },
    timeoutsMs.simulation,
  );
  rmSync(out, { recursive: true, force: true });
  if (ran.timedOut) return `no end after ${timeoutsMs.simulation / 1000} s`;
  if (ran.code === 0) return undefined;
  const seen = /breaks the promise:\n {2}([a-z ]+): (.*)/.exec(ran.stdout);
  const after = /"worlds":(\d+)/.exec(ran.stdout)?.[1];
  return seen === null ? `ended with ${ran.code}` : `${seen[1]} in world ${after}: ${seen[2]?.slice(0, 120)}`;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

function execute(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<Ended> {
  return new Promise((done, fail) => {
    const child: ChildProcess = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that what it has started ends with it.
      detached: true,
    });
    const group = child.pid;
    if (group !== undefined) openGroup(group);
    let stdout = '';
    let stderr = '';
    let timedOut = false;
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    const timer = setTimeout(() => {
      timedOut = true;
      if (group !== undefined) endGroup(group).catch(fail);
    }, timeoutMs);
    child.once('error', fail);
    // Not 'close': what it has started may hold its outputs open, and ends only here.
    child.once('exit', () => {
      if (group !== undefined) endGroup(group).catch(fail);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      done({ code, stdout, stderr, timedOut });
    });
  });
}
