// Owns the command line of the bench.
import { parseArgs } from 'node:util';
import { type CaseName, caseNames } from './harness/bench-case.js';

export interface BenchOptions {
  /** Empty for all. */
  readonly cases: readonly CaseName[];
  readonly quick: boolean;
  readonly check: boolean;
  /** Makes the page anew from the results that are there, and runs nothing. */
  readonly page: boolean;
  readonly help: boolean;
}

export const helpText = `npm run bench -- [CASE ...] [--quick] [--check]

Runs benchmark cases (${caseNames.join(', ')}; all without a name), prints their
figures, and keeps them in test/bench/results and docs/benchmarks.md.

  --quick   smaller sizes and fewer rounds, under a minute per case; results go to test/bench/out/quick
  --check   ends with code 1 when a promised figure was missed, and names it
  --page    makes docs/benchmarks.md from the results that are there; runs nothing
  --help    shows this
`;

/** Throws an Error that says what is wrong. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return { ...values, cases: positionals.map(caseNamed) };
}

function caseNamed(name: string): CaseName {
  const found = caseNames.find((known) => known === name);
  if (found === undefined) throw new Error(`There is no case '${name}'; cases are ${caseNames.join(', ')}.`);
  return found;
}
