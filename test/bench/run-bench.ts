// Owns a run of the bench: case after case, each printed, kept and put on the page before the next. It decides nothing about
// what is measured.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMet } from './harness/bars.js';
import type { Bar, BenchCase, CaseName } from './harness/bench-case.js';
import { describeMachine } from './harness/machine.js';
import { type KeptResult, keepResult } from './harness/results.js';
import { barLine, textTable } from './page/table.js';
import { writePage } from './page/write-page.js';

export interface BenchPlaces {
  /** Where cases work: a folder on a real disk. */
  readonly work: string;
  readonly results: string;
  /** Where benchmarks.md and its drawings go. */
  readonly page: string;
  /** Markdown written by people, for the end of the page; need not exist. */
  readonly byHand: string;
}

export interface BenchRun {
  /** Loaded one after the other, when it is their turn. */
  readonly cases: readonly (() => Promise<BenchCase>)[];
  readonly quick: boolean;
  readonly places: BenchPlaces;
  readonly signal: AbortSignal;
  /** Tables and verdicts. */
  readonly print: (text: string) => void;
  /** What is going on. */
  readonly progress: (line: string) => void;
  /** The day of the results. */
  readonly now: () => Date;
}

export interface MissedBar {
  readonly name: CaseName;
  readonly bar: Bar;
}

/** Runs the cases and gives the bars they missed. */
export async function runBench(run: BenchRun): Promise<MissedBar[]> {
  const { cases, places, print } = run;
  const missed: MissedBar[] = [];
  for (const load of cases) {
    const result = await runCase(await load(), run);
    print(resultText(result));
    await keepResult(places.results, result);
    // After each case: what was measured is on the page even if a later case fails.
    await writePage(places.results, places.page, places.byHand);
    for (const bar of result.bars) if (!isMet(bar)) missed.push({ name: result.name, bar });
  }
  return missed;
}

async function runCase(benchCase: BenchCase, run: BenchRun): Promise<KeptResult> {
  const { quick, places, signal, now } = run;
  const { name, title, about } = benchCase;
  const folder = join(places.work, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    const progress = (line: string): void => run.progress(`[${name}] ${line}`);
    const result = await benchCase.run({ quick, folder, signal, progress });
    return { ...result, name, title, about, quick, machine: describeMachine(folder, now()) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function resultText({ name, title, measures, bars, notes, quick }: KeptResult): string {
  const parts = [
    `\n${name}: ${title}${quick ? ' (quick: for a look only)' : ''}`,
    textTable(measures),
    bars.map(barLine).join('\n'),
    notes.map((note) => `- ${note}`).join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
