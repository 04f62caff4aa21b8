// Owns the bench as a program: its command line, its folders and its exit code.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { knownCases, loadCase } from './cases/index.js';
import { helpText, parseOptions } from './options.js';
import { barLine } from './page/table.js';
import { writePage } from './page/write-page.js';
import { type BenchPlaces, runBench } from './run-bench.js';

/** The folder of the bench: this file runs from its dist. */
const home = fileURLToPath(new URL('..', import.meta.url));
const common = { work: join(home, 'out/work'), byHand: join(home, 'profiles.md') };
const fullPlaces: BenchPlaces = { ...common, results: join(home, 'results'), page: join(home, '../../docs') };
/** Ignored by git: a quick look never replaces full results. */
const quickPlaces: BenchPlaces = {
  ...common,
  results: join(home, 'out/quick'),
  page: join(home, 'out/quick'),
};

async function main(argv: readonly string[]): Promise<void> {
  const { cases, quick, check, page, help } = parseOptions(argv);
  if (help) {
    process.stdout.write(helpText);
    return;
  }
  const places = quick ? quickPlaces : fullPlaces;
  if (page) {
    await writePage(places.results, places.page, places.byHand);
    return;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('Interrupted.')));
  const missed = await runBench({
    cases: (cases.length > 0 ? cases : knownCases).map((name) => () => loadCase(name)),
    quick,
    places,
    signal: stop.signal,
    print: (text) => console.log(text),
    progress: (line) => console.error(line),
    now: () => new Date(),
  });
  if (!check) return;
  for (const { name, bar } of missed) console.error(`[${name}] ${barLine(bar)}`);
  if (missed.length > 0) process.exitCode = 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  // A contender that is in the middle of something would keep the program waiting; it ends with its parent.
  process.exit(1);
}
