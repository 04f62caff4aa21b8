// Owns the command line of the demo: text in, checked options out. It starts nothing.
import { parseArgs } from 'node:util';

export const outputNames = ['routes', 'hourly', 'daily', 'extreme', 'scenarios'] as const;
export type OutputName = (typeof outputNames)[number];

export interface Options {
  readonly help: boolean;
  readonly only: ReadonlySet<OutputName>;
  /** Flights of each copy of the input. */
  readonly rows: number | undefined;
  readonly repeat: number;
  /** Undefined: the framework's default; 0: on the main thread. */
  readonly workers: number | undefined;
  /** Such as `512MiB`; undefined: the framework's default. */
  readonly memory: string | undefined;
  /** Folder that the outputs go to. */
  readonly out: string;
  /** Show the run in a page while it goes on. */
  readonly inspect: boolean;
  /** Begin only when a line comes on the standard input. */
  readonly wait: boolean;
  /** File that the recorded run goes to; undefined: it is not recorded. */
  readonly trace: string | undefined;
}

export const helpText = `Usage: npm run demo -- [options]

Computes five tables from three million flights and writes them in the background.

  --sync             write on the main thread (workers: 0), for comparison
  --only <names>     only these outputs, separated by commas: ${outputNames.join(', ')}
  --rows <n>         read only the first n flights of each copy of the input
  --repeat <n>       read the input n times, each copy 182 days later than the one before
  --workers <n>      writer threads; default: as many as are of use, up to the number of cores
  --memory <size>    byte budget, such as 512MiB; default: 256MiB
  --out <folder>     where the outputs go, also s3://bucket/path or az://container/path; default: out/flights
  --inspect          show the run in a page on this machine; its address is printed
  --wait             begin when a line comes on the standard input: time to open the page
  --trace <file>     record the run for tailrace-inspect and Perfetto
  --help             this text

Exit codes: 0 done, 1 an output failed, 2 wrong usage, 130 and 143 stopped by SIGINT and SIGTERM.
`;

/** The user's mistake, told to the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * @param argv the arguments after the script's name
 * @throws UsageError that names the argument and what it takes
 */
export function parseOptions(argv: readonly string[]): Options {
  const values = readArguments(argv);
  const workers = values.workers === undefined ? undefined : wholeNumber('--workers', values.workers, 0);
  if (values.sync && workers !== undefined && workers > 0) {
    throw new UsageError(
      `--sync writes without threads, but --workers asks for ${workers}. Leave one of them out.`,
    );
  }
  return {
    help: values.help,
    only: values.only === undefined ? new Set(outputNames) : chosenOutputs(values.only),
    rows: values.rows === undefined ? undefined : wholeNumber('--rows', values.rows, 1),
    repeat: values.repeat === undefined ? 1 : wholeNumber('--repeat', values.repeat, 1),
    workers: values.sync ? 0 : workers,
    memory: values.memory,
    out: values.out,
    inspect: values.inspect,
    wait: values.wait,
    trace: values.trace,
  };
}

interface Arguments {
  help: boolean;
  sync: boolean;
  only?: string[] | undefined;
  rows?: string | undefined;
  repeat?: string | undefined;
  workers?: string | undefined;
  memory?: string | undefined;
  out: string;
  inspect: boolean;
  wait: boolean;
  trace?: string | undefined;
}

function readArguments(argv: readonly string[]): Arguments {
  try {
    return parseArgs({
      args: [...argv],
      strict: true,
      allowPositionals: false,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        sync: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true },
        rows: { type: 'string' },
        repeat: { type: 'string' },
        workers: { type: 'string' },
        memory: { type: 'string' },
        out: { type: 'string', default: 'out/flights' },
        inspect: { type: 'boolean', default: false },
        wait: { type: 'boolean', default: false },
        trace: { type: 'string' },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function wholeNumber(flag: string, text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`${flag} takes a whole number of at least ${least}, not "${text}".`);
}

function chosenOutputs(lists: readonly string[]): Set<OutputName> {
  const names = lists.flatMap((list) => list.split(',')).map((name) => name.trim());
  const known: ReadonlySet<string> = new Set(outputNames);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new UsageError(`--only knows no output "${unknown}". The outputs are ${outputNames.join(', ')}.`);
  }
  return new Set(outputNames.filter((name) => names.includes(name)));
}
