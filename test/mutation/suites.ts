// Owns the suites that a mutation is tried against, one after the other until one catches it.
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import type { Catchers, Durations } from './catchers.js';
import type { Mutation } from './find-mutations.js';
import { buildVariable, type Substitute, substituteVariable, testOrderVariable } from './substitute.js';

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
}

export interface Caught {
  readonly by: SuiteName;
  /** The test that failed first, or what the simulation saw. */
  readonly how: string;
}

/** A suite that takes longer has been caught by that: a mutation may loop for ever. Each is over ten times what was seen. */
const timeoutsMs: Readonly<Record<SuiteName, number>> = {
  unit: 240_000,
  simulation: 240_000,
  conformance: 400_000,
  sweep: 1_200_000,
};
/** Exercises core from outside: the kit that authors of stores use, on the local store. */
const conformance = 'test/conformance/local-store.test.ts';
const unitFolder = 'packages/core/src';
const require = createRequire(import.meta.url);

/** The first suite that fails with the mutation, or undefined: it has survived. Rejects when it cannot be built at all. */
export async function tryMutation(mutation: Mutation, options: SuiteOptions): Promise<Caught | undefined> {
  const { root, scratch } = options;
  mkdirSync(scratch, { recursive: true });
  const substitute: Substitute = { path: resolve(root, unitFolder, mutation.file), text: mutation.text };
  const at = join(scratch, 'mutant.json');
  writeFileSync(at, JSON.stringify(substitute));
  for (const suite of options.suites) {
    const how = await run(suite, mutation, options, at);
    if (how !== undefined) return { by: suite, how };
  }
  return undefined;
}

function run(
  suite: SuiteName,
  { file }: Mutation,
  options: SuiteOptions,
  mutant: string,
): Promise<string | undefined> {
  const { quick, slow } = options.catchers;
  switch (suite) {
    case 'unit':
      return tests(suite, quick.map(inUnitFolder), options, { [substituteVariable]: mutant });
    case 'sweep':
      return tests(suite, slow.map(inUnitFolder), options, { [substituteVariable]: mutant });
    case 'conformance':
      return file.startsWith('store/local/') ? conform(options, mutant) : Promise.resolve(undefined);
    case 'simulation':
      return simulate(options, mutant);
  }
}

const inUnitFolder = (test: string): string => `${unitFolder}/${test}`;

/** Milliseconds that each test file takes when nothing is mutated. Rejects when one of them fails then. */
export async function measure(files: readonly string[], options: SuiteOptions): Promise<Durations> {
  const { failed, report } = await vitest(files.map(inUnitFolder), 1_800_000, options, {});
  if (failed !== undefined || report === undefined) throw new Error(`without a mutation: ${failed}`);
  const beginning = `${join(options.root, unitFolder)}/`;
  return Object.fromEntries(
    report.testResults
      .map(
        ({ name, startTime, endTime }) =>
          [name.replace(beginning, ''), Math.round(endTime - startTime)] as const,
      )
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

async function tests(
  suite: SuiteName,
  files: readonly string[],
  options: SuiteOptions,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  if (files.length === 0) return undefined;
  return (await vitest(files, timeoutsMs[suite], options, env)).failed;
}

async function conform(options: SuiteOptions, mutant: string): Promise<string | undefined> {
  const { root } = options;
  // Among core's modules, so that what it loads is found, with the names by which core finds its own parts.
  const core = join(root, 'packages/core');
  const out = join(core, 'node_modules/.cache', `tailrace-mutant-core-${process.pid}`);
  const env = { [substituteVariable]: mutant, [buildVariable]: out };
  try {
    mkdirSync(out, { recursive: true });
    copyFileSync(join(core, 'package.json'), join(out, 'package.json'));
    await build('test/mutation/core.config.ts', core, options, env);
    return await tests('conformance', [conformance], options, env);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function build(
  config: string,
  cwd: string,
  { root, scratch }: SuiteOptions,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const tsup = require.resolve('tsup/dist/cli-default.js');
  const built = await execute(
    [tsup, '--config', join(root, config)],
    cwd,
    { ...env, TMPDIR: scratch },
    120_000,
  );
  if (built.code !== 0) throw new Error(`${config} cannot be built: ${built.stderr}`);
}

/** The part of vitest's report, in the form of Jest's, that is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

async function vitest(
  files: readonly string[],
  timeoutMs: number,
  { root, scratch }: SuiteOptions,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly failed: string | undefined; readonly report?: Report }> {
  const program = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs');
  const at = join(scratch, 'report.json');
  rmSync(at, { force: true });
  const command = [program, 'run', '--config', 'test/mutation/vitest.config.ts', `--outputFile=${at}`];
  const end = await execute(
    [...command, ...files],
    root,
    { ...env, [testOrderVariable]: files.join(','), TAILRACE_TEST_BUILD: 'skip', TMPDIR: scratch },
    timeoutMs,
  );
  if (end.timedOut) return { failed: `no end after ${timeoutMs / 1000} s` };
  if (!existsSync(at)) return { failed: `vitest ended with ${end.code}: ${end.stderr.slice(0, 200)}` };
  // Written by vitest just now.
  const report = JSON.parse(readFileSync(at, 'utf8')) as Report;
  if (end.code === 0) return { failed: undefined, report };
  for (const { name, assertionResults, status } of report.testResults) {
    const failed = assertionResults.find((result) => result.status === 'failed');
    if (failed !== undefined) return { failed: failed.fullName.trim(), report };
    if (status === 'failed') return { failed: `${basename(name)} cannot be loaded`, report };
  }
  return { failed: `vitest ended with ${end.code}`, report };
}

async function simulate(options: SuiteOptions, mutant: string): Promise<string | undefined> {
  const { root, scratch, worlds } = options;
  const out = join(root, 'packages/core/node_modules/.cache', `tailrace-mutant-${process.pid}`);
  const env = { [substituteVariable]: mutant, TAILRACE_PLANT_OUT: out };
  await build('test/simulation/tsup.config.ts', root, options, env);
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
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, timeoutMs);
    child.once('error', fail);
    child.once('close', (code) => {
      clearTimeout(timer);
      done({ code, stdout, stderr, timedOut });
    });
  });
}
