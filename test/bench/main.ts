// Owns the bench as a program: runs the cases asked for, prints and keeps their figures, and says which bars were missed.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { knownCases, loadCase } from './cases/index.js';
import { isMet } from './harness/bars.js';
import type { Bar, CaseName } from './harness/bench-case.js';
import { describeMachine } from './harness/machine.js';
import { type KeptResult, keepResult } from './harness/results.js';
import { helpText, parseOptions } from './options.js';
import { barLine, textTable } from './page/table.js';
import { writePage } from './page/write-page.js';

/** The folder of the bench: this file runs from its dist. */
const home = fileURLToPath(new URL('..', import.meta.url));
const byHand = join(home, 'profiles.md');

interface Places {
  readonly results: string;
  readonly page: string;
}

const fullPlaces: Places = { results: join(home, 'results'), page: join(home, '../../docs') };
const quickPlaces: Places = { results: join(home, 'out/quick'), page: join(home, 'out/quick') };

async function runCase(name: CaseName, quick: boolean, signal: AbortSignal): Promise<KeptResult> {
  const benchCase = await loadCase(name);
  const folder = join(home, 'out/work', name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const progress = (line: string): void => console.error(`[${name}] ${line}`);
  try {
    const result = await benchCase.run({ quick, folder, signal, progress });
    const { title, about } = benchCase;
    return { ...result, name, title, about, quick, machine: describeMachine(home, new Date()) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function print({ name, title, measures, bars, notes, quick }: KeptResult): void {
  console.log(`\n${name}: ${title}${quick ? ' (quick: for a look only)' : ''}\n`);
  console.log(textTable(measures));
  if (bars.length > 0) console.log(`\n${bars.map(barLine).join('\n')}`);
  if (notes.length > 0) console.log(`\n${notes.map((note) => `- ${note}`).join('\n')}`);
}

async function main(argv: readonly string[]): Promise<void> {
  const { cases, quick, check, page, help } = parseOptions(argv);
  if (help) {
    process.stdout.write(helpText);
    return;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('Interrupted.')));
  const places = quick ? quickPlaces : fullPlaces;
  const missed: [CaseName, Bar][] = [];
  for (const name of page ? [] : cases.length > 0 ? cases : knownCases) {
    const result = await runCase(name, quick, stop.signal);
    print(result);
    await keepResult(places.results, result);
    for (const bar of result.bars) if (!isMet(bar)) missed.push([name, bar]);
    // After each case: what was measured is on the page even if a later case fails.
    await writePage(places.results, places.page, byHand);
  }
  if (page) await writePage(places.results, places.page, byHand);
  if (!check) return;
  for (const [name, bar] of missed) console.error(`[${name}] ${barLine(bar)}`);
  if (missed.length > 0) process.exitCode = 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
}
