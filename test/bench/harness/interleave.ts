// Owns the order of rounds: every contender once per round, warmed up before, none always first.
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
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** Runs the rounds and gives the reports of those that count, by name, in order. */
export async function interleave<Input>(
  entries: readonly Entry<Input>[],
  { rounds, warmUps = 1, signal, progress }: RaceOptions,
): Promise<ReadonlyMap<string, readonly RoundReport[]>> {
  const reports = new Map<string, RoundReport[]>(entries.map(({ name }) => [name, []]));
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const { name, contender, input, after } of startingAt(entries, round + warmUps)) {
      signal.throwIfAborted();
      const given = input(round);
      const report = await contender.round(given);
      await after?.(report, given);
      if (round >= 0) reports.get(name)?.push(report);
      progress(
        `${round < 0 ? 'warm-up' : `round ${round + 1}/${rounds}`}: ${name} ${report.seconds.toFixed(3)} s`,
      );
    }
  }
  return reports;
}

/** The same circle, begun one later each round. */
function startingAt<T>(entries: readonly T[], round: number): T[] {
  const first = round % entries.length;
  return [...entries.slice(first), ...entries.slice(0, first)];
}
