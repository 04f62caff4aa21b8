// Owns how much of what was seen is only counted: the numbers of each run, and of what belongs to none. Pure.
import type { SummaryMessage } from '../stream/message.js';
import { mostSummaries } from '../stream/remembered.js';

/** What is counted and not told one by one. */
export interface Counted {
  readonly writes: number;
  readonly actors: number;
  readonly events: number;
}

/** By session id of the root; the one of which something was said last is the last. Empty where nobody knows the root. */
export type Summaries = ReadonlyMap<string, SummaryMessage>;

/** The summaries after one more; the oldest go first. */
export function withSummary(summaries: Summaries, message: SummaryMessage): Summaries {
  const root = message.run ?? '';
  const kept = [...summaries].filter(([id]) => id !== root).slice(1 - mostSummaries);
  return new Map([...kept, [root, message]]);
}

/** What is counted in all of those; undefined where nothing was said. */
export function countedIn(summaries: Iterable<SummaryMessage>): Counted | undefined {
  let counted: Counted | undefined;
  for (const { writes, actors, events = 0 } of summaries) {
    const before = counted ?? { writes: 0, actors: 0, events: 0 };
    counted = {
      writes: before.writes + writes,
      actors: before.actors + actors,
      events: before.events + events,
    };
  }
  return counted;
}
