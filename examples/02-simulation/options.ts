// Owns the command line of the simulation: text in, checked numbers out.
import { parseArgs } from 'node:util';

export interface Options {
  readonly help: boolean;
  readonly paths: number;
  readonly steps: number;
  readonly rounds: number;
  /** Undefined: the framework's default. */
  readonly workers: number | undefined;
  readonly out: string;
}

export const helpText = `Usage: node examples/dist/02-simulation/main.js [options]

Computes three tables one from another and writes them in three ways, timing each.

  --paths <n>     simulated paths; default: 1000
  --steps <n>     days of each path; default: 1000
  --rounds <n>    simulations after one another, three tables each; default: 4
  --workers <n>   writer threads of the two ways that write in the background
  --out <folder>  where the tables go; default: out/simulation
  --help          this text
`;

/** @throws Error that names the argument and what it takes */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      paths: { type: 'string', default: '1000' },
      steps: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '4' },
      workers: { type: 'string' },
      out: { type: 'string', default: 'out/simulation' },
    },
  });
  return {
    help: values.help,
    paths: atLeastOne('--paths', values.paths),
    steps: atLeastOne('--steps', values.steps),
    rounds: atLeastOne('--rounds', values.rounds),
    workers: values.workers === undefined ? undefined : atLeastOne('--workers', values.workers),
    out: values.out,
  };
}

function atLeastOne(flag: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${flag} takes a whole number of at least 1, not "${text}".`);
}
