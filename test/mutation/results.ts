// Owns the results of all mutations that were tried, in one file that grows, and what they add up to.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Mutation } from './find-mutations.js';
import { type Caught, type SuiteName, suiteNames } from './suites.js';

export interface Result {
  readonly digest: string;
  /** Undefined: it has survived every suite. */
  readonly caught?: Caught | undefined;
  /** Suites that were run and did not catch it; of survivors only. */
  readonly tried?: readonly SuiteName[] | undefined;
  /** Of the unit tests that did not catch it (`textsDigest`): once they have changed it is tried again. */
  readonly tests?: string | undefined;
  /** Why a survivor does no harm, by whoever has looked. Stays until the function changes. */
  readonly why?: string | undefined;
}

export type Results = Record<string, Result>;

export function readResults(path: string): Results {
  // Written by `addResult` and by people.
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : {};
}

/** Reads the file again before it writes: other shards add to it meanwhile. */
export function addResult(path: string, { name, digest }: Mutation, result: Omit<Result, 'digest'>): void {
  const all = readResults(path);
  const before = all[name];
  if (result.caught !== undefined || before?.digest !== digest) all[name] = { digest, ...result };
  else {
    const tried = [...new Set([...(before.tried ?? []), ...(result.tried ?? [])])];
    const { why } = before;
    const tests = result.tests ?? before.tests;
    all[name] = { digest, tried, ...(tests !== undefined && { tests }), ...(why !== undefined && { why }) };
  }
  const sorted = Object.fromEntries(Object.entries(all).sort(([one], [other]) => (one < other ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify(sorted, undefined, 2)}\n`);
}

/** A result that still holds for the mutation as it is found now. */
export function resultOf(results: Results, { name, digest }: Mutation): Result | undefined {
  const result = results[name];
  return result?.digest === digest ? result : undefined;
}

/** False when these suites, with these unit tests, have tried it before, and when it needs no trial any more. */
export function isWorthATrial(
  before: Result | undefined,
  suites: readonly SuiteName[],
  tests: string,
): boolean {
  if (before === undefined) return true;
  if (before.caught !== undefined || before.why !== undefined) return false;
  return before.tests !== tests || !suites.every((suite) => before.tried?.includes(suite));
}

export interface Score {
  readonly found: number;
  readonly tried: number;
  readonly caughtBy: Readonly<Record<SuiteName, number>>;
  /** Survivors with a reason. */
  readonly explained: readonly string[];
  readonly survivors: readonly string[];
}

export function scoreOf(mutations: readonly Mutation[], results: Results): Score {
  const caughtBy = { unit: 0, simulation: 0, conformance: 0, sweep: 0 };
  const explained: string[] = [];
  const survivors: string[] = [];
  let tried = 0;
  for (const mutation of mutations) {
    const result = resultOf(results, mutation);
    if (result === undefined) continue;
    tried += 1;
    if (result.caught !== undefined) caughtBy[result.caught.by] += 1;
    else (result.why === undefined ? survivors : explained).push(mutation.name);
  }
  return { found: mutations.length, tried, caughtBy, explained, survivors };
}

export function describeScore({ found, tried, caughtBy, explained, survivors }: Score): string {
  const caught = suiteNames.reduce((sum, name) => sum + caughtBy[name], 0);
  const percent = (part: number): string => (tried === 0 ? '-' : `${((100 * part) / tried).toFixed(1)} %`);
  return [
    `mutations ${found}, tried ${tried}, caught ${caught} (${percent(caught)}): ` +
      `${suiteNames.map((name) => `${name} ${caughtBy[name]}`).join(', ')}; explained ${explained.length}, ` +
      `survived ${survivors.length}; caught or explained ${percent(caught + explained.length)}`,
    ...survivors.map((name) => `  survived: ${name}`),
  ].join('\n');
}
