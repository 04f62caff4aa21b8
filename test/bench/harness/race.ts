// Owns a whole race: starts every contender, interleaves their rounds, and ends all processes whatever happens.
import type { RoundReport } from './contender.js';
import { type Entry, interleave, type RaceOptions } from './interleave.js';
import { type RunningContender, startContender } from './start-contender.js';

/** A contender to be started, and what it does in a round. */
export interface Lane<Input> extends Omit<Entry<Input>, 'contender'> {
  /** The module of the contender, which exports `open`. */
  readonly module: URL;
  /** Plain data for `open`. */
  readonly options: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
}

/** The reports of the rounds that count, by the lanes' names. */
export async function race<Input>(
  lanes: readonly Lane<Input>[],
  options: RaceOptions,
): Promise<ReadonlyMap<string, readonly RoundReport[]>> {
  const { signal, progress } = options;
  const running: RunningContender<Input>[] = [];
  try {
    const entries: Entry<Input>[] = [];
    for (const { module, options: given, env = {}, execArgv = [], ...entry } of lanes) {
      progress(`starting ${entry.name}`);
      const contender = await startContender<unknown, Input>(module, given, { signal, env, execArgv });
      running.push(contender);
      entries.push({ ...entry, contender });
    }
    return await interleave(entries, options);
  } finally {
    await Promise.allSettled(running.map((contender) => contender.end()));
  }
}
