// Owns the order of rounds: every contender once per round, warmed up before, in an order that changes.
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { random32 } from '../data/random.js';
import type { RoundReport } from './contender.js';
import type { RunningContender } from './start-contender.js';

/** A contender in a race. */
export interface Entry<Input> {
  readonly name: string;
  readonly contender: Pick<RunningContender<Input>, 'round'>;
  /** What it gets in a round; rounds below 0 are for warming up. */
  input(round: number): Input;
  /** After the clock has stopped: check what was written and remove it. A rejection ends the race. */
  after?(report: RoundReport, input: Input): Promise<void>;
}

export interface RaceOptions {
  readonly rounds: number;
  /** Rounds before the first that counts. Default 1. */
  readonly warmUps?: number;
  /**
   * How often a round is taken at most until nobody else used the machine meanwhile (up to 5 % of it); then the least
   * disturbed one counts. Default: the environment's BENCH_TRIES, or 4.
   */
  readonly tries?: number;
  /** Milliseconds to wait before a round is taken again: what disturbs often lasts a moment only. Default 500. */
  readonly pauseMs?: number;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** Runs the rounds and gives the reports of those that count, by name, in order. */
export async function interleave<Input>(
  entries: readonly Entry<Input>[],
  { rounds, warmUps = 1, tries = defaultTries(), pauseMs = 500, signal, progress }: RaceOptions,
): Promise<ReadonlyMap<string, readonly RoundReport[]>> {
  const reports = new Map<string, RoundReport[]>(entries.map(({ name }) => [name, []]));
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const entry of shuffled(entries, round + warmUps)) {
      const report = await undisturbed(entry, round, { tries: round < 0 ? 1 : tries, pauseMs, signal });
      if (round >= 0) reports.get(entry.name)?.push(report);
      const which = round < 0 ? 'warm-up' : `round ${round + 1}/${rounds}`;
      const disturbed = disturbanceOf(report) > tolerable ? ', disturbed' : '';
      progress(`${which}: ${entry.name} ${report.seconds.toFixed(3)} s${disturbed}`);
    }
  }
  return reports;
}

const defaultTries = (): number => Number(process.env.BENCH_TRIES ?? 4);

/** The share of the machine that others may have in a round. */
const tolerable = 0.05;

const disturbanceOf = ({ seconds, othersSeconds }: RoundReport): number =>
  othersSeconds / (seconds * availableParallelism());

/** One round, again while others use the machine, as often as `tries` allows: the least disturbed report. */
async function undisturbed<Input>(
  { contender, input, after }: Entry<Input>,
  round: number,
  { tries, pauseMs, signal }: Required<Pick<RaceOptions, 'tries' | 'pauseMs' | 'signal'>>,
): Promise<RoundReport> {
  let best: RoundReport | undefined;
  for (let left = tries; ; left -= 1) {
    signal.throwIfAborted();
    const given = input(round);
    const report = await contender.round(given);
    await after?.(report, given);
    if (best === undefined || disturbanceOf(report) < disturbanceOf(best)) best = report;
    if (left <= 1 || disturbanceOf(best) <= tolerable) return best;
    await delay(pauseMs, undefined, { signal });
  }
}

/** The entries in another order in each round, the same in every run: whom one follows must not decide. */
function shuffled<T>(entries: readonly T[], round: number): T[] {
  const random = random32(round + 1);
  const order = entries.map((entry) => ({ entry, key: random() }));
  return order.sort((a, b) => a.key - b.key).map(({ entry }) => entry);
}
