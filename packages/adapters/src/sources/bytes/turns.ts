// Owns the turns of the event loop that unpacking leaves to others: it works on the thread that computes, and by the megabyte.
import { type Clock, longestTurnMs, systemClock } from '@tailrace/core';

/** Awaited between two pieces of work, none of which takes long; turns are as long as those of the pump. Throws the reason of the signal when it is aborted. */
export type NextTurn = () => Promise<void>;

export function turnsOf(signal: AbortSignal, clock: Clock = systemClock): NextTurn {
  let start = clock.now();
  return async () => {
    signal.throwIfAborted();
    if (clock.now() - start < longestTurnMs) return;
    await clock.yield();
    start = clock.now();
    signal.throwIfAborted();
  };
}
