// Owns the suites that a mutation is tried against, one after the other until one catches it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Mutation } from './find-mutations.js';
import { type Substitute, substituteVariable } from './substitute.js';

export type SuiteName = 'unit' | 'simulation' | 'sweep';

export interface SuiteOptions {
  /** Root of the repository. */
  readonly root: string;
  /** For this process only. */
  readonly scratch: string;
  readonly worlds: number;
  readonly suites: readonly SuiteName[];
}

export interface Caught {
  readonly by: SuiteName;
  /** The test that failed first, or what the simulation saw. */
  readonly how: string;
}

/** A suite that takes longer has been caught by that: a mutation may loop for ever. */
const unitTimeoutMs = 240_000;
const sweepTimeoutMs = 600_000;
const simulationTimeoutMs = 240_000;
/** Files with tests that take long each: a suite of their own, the last one. */
const sweeps: readonly string[] = ['crash.test.ts', 'readers.test.ts'];
const require = createRequire(import.meta.url);

/** The first suite that fails with the mutation, or undefined: it has survived. Rejects when it cannot be built at all. */
export async function tryMutation(mutation: Mutation, options: SuiteOptions): Promise<Caught | undefined> {
  const { root, scratch } = options;
  mkdirSync(scratch, { recursive: true });
  const substitute: Substitute = {
    path: resolve(root, 'packages/core/src', mutation.file),
    text: mutation.text,
  };
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
  const folder = `packages/core/src/${dirname(file)}/`;
  switch (suite) {
    case 'unit':
      return unitTests(
        [folder, ...sweeps.map((name) => `--exclude=**/${name}`)],
        unitTimeoutMs,
        options,
        mutant,
      );
    case 'sweep': {
      const files = sweeps
        .map((name) => `${folder}${name}`)
        .filter((path) => existsSync(join(options.root, path)));
      if (files.length === 0) return Promise.resolve(undefined);
      return unitTests(files, sweepTimeoutMs, options, mutant);
    }
    case 'simulation':
      return simulation(options, mutant);
  }
}

async function unitTests(
  args: readonly string[],
  timeoutMs: number,
  { root, scratch }: SuiteOptions,
  mutant: string,
): Promise<string | undefined> {
  const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs');
  const report = join(scratch, 'unit.json');
  rmSync(report, { force: true });
  const command = [vitest, 'run', '--config', 'test/mutation/vitest.config.ts'];
  const end = await execute(
    [...command, `--outputFile=${report}`, ...args],
    root,
    { [substituteVariable]: mutant, TAILRACE_TEST_BUILD: 'skip', TMPDIR: scratch },
    timeoutMs,
  );
  if (end.timedOut) return `no end after ${timeoutMs / 1000} s`;
  if (end.code === 0) return undefined;
  // Vitest writes it, in the form of Jest's reports.
  const told = JSON.parse(readFileSync(report, 'utf8')) as {
    readonly testResults: readonly {
      readonly name: string;
      readonly status: string;
      readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
    }[];
  };
  for (const { name, assertionResults, status } of told.testResults) {
    const failed = assertionResults.find((result) => result.status === 'failed');
    if (failed !== undefined) return failed.fullName.trim();
    if (status === 'failed') return `${name.slice(name.lastIndexOf('/') + 1)} cannot be loaded`;
  }
  return `vitest ended with ${end.code}`;
}

async function simulation(
  { root, scratch, worlds }: SuiteOptions,
  mutant: string,
): Promise<string | undefined> {
  const out = join(root, 'packages/core/node_modules/.cache', `tailrace-mutant-${process.pid}`);
  const tsup = require.resolve('tsup/dist/cli-default.js');
  const env = { [substituteVariable]: mutant, TAILRACE_PLANT_OUT: out, TMPDIR: scratch };
  const built = await execute([tsup, '--config', 'test/simulation/tsup.config.ts'], root, env, 120_000);
  if (built.code !== 0) throw new Error(`the simulation cannot be built: ${built.stderr}`);
  const ran = await execute(
    [join(out, 'main.js'), '--json', '--runs', String(worlds)],
    root,
    env,
    simulationTimeoutMs,
  );
  rmSync(out, { recursive: true, force: true });
  if (ran.timedOut) return `no end after ${simulationTimeoutMs / 1000} s`;
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
