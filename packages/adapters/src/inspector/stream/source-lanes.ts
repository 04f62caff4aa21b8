// Owns what the lane of the main thread tells of sources: how long each was read and computed, as its times say at every look.
// In a look it lies end to end, reading first: nothing is lost of how long was spent on what, only of its order. Pure.
import type { LaneMessage, StageNow } from './message.js';

/** Milliseconds that are too short to be drawn: they are told with those of a later look. */
const leastMs = 0.5;

interface Told {
  busyMs: number;
  readMs: number;
  /** Where the last span has ended. */
  until: number;
}

/**
 * @param run session id of the run
 * @param from when it was first looked at
 * @returns what to tell at a look. `isLast`: nothing is left for a later one
 */
export function createSourceLanes(
  run: string,
  from: number,
): (stages: readonly StageNow[], now: number, isLast: boolean) => readonly LaneMessage[] {
  const sources = new Map<string, Told>();
  let lastLook = from;

  const spansOf = (stage: StageNow, isLast: boolean): LaneMessage[] => {
    const { name, busyMs = 0, readMs = 0 } = stage;
    const told = sources.get(name) ?? { busyMs: 0, readMs: 0, until: lastLook };
    const [read, busy] = [readMs - told.readMs, busyMs - told.busyMs];
    if (read + busy < (isLast ? Number.MIN_VALUE : leastMs)) return [];
    sources.set(name, told);
    const messages: LaneMessage[] = [];
    // Times of a hold are estimated from samples, and may be longer than there was.
    let at = Math.max(told.until, lastLook);
    const tell = (doing: string | null): void => {
      messages.push({ type: '@tailrace.lane', at, run, id: `${run} ${name}`, lane: 'main', name, doing });
    };
    for (const [doing, ms] of [
      ['read', read],
      ['compute', busy],
    ] as const) {
      if (ms <= 0) continue;
      tell(doing);
      at += ms;
    }
    tell(null);
    Object.assign(told, { busyMs, readMs, until: at });
    return messages;
  };

  return (stages, now, isLast) => {
    const messages = stages.flatMap((stage) => spansOf(stage, isLast));
    lastLook = now;
    return messages;
  };
}
