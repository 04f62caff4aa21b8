// Owns how builds of tests and simulation come to see a mutated file: its text stands in place of the file's own. Nothing on disk
// is changed, so several mutations can be tried side by side.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** What the environment variable names: a JSON file. */
export interface Substitute {
  readonly path: string;
  readonly text: string;
}

export const substituteVariable = 'TAILRACE_MUTANT';
/** Names an environment variable with test files, separated by commas, in the order in which they are to run. */
export const testOrderVariable = 'TAILRACE_MUTANT_TESTS';
/** Names an environment variable with the directory that a build with the mutation is to be written to, or is in. */
export const buildVariable = 'TAILRACE_MUTANT_BUILD';

/** The mutated text of a file, where this process is to see it mutated. */
export function substitutedText(path: string): string | undefined {
  const from = process.env[substituteVariable];
  // Not there while nothing is mutated.
  if (from === undefined || !existsSync(from)) return undefined;
  // Written by `suites.ts` only.
  const { path: mutated, text } = JSON.parse(readFileSync(from, 'utf8')) as Substitute;
  return resolve(mutated) === resolve(path) ? text : undefined;
}
