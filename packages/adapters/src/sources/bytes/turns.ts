// Owns the turns of the event loop that unpacking leaves to others: it works on the thread that computes, and by the megabyte.
import { type Clock, systemClock } from '@tailrace/core';

/** How long work may last before the event loop gets its chance, in milliseconds: as long as the pump's turns. */
const longestTurnMs = 5;

/** Awaited between two pieces of work, none of which takes long. Throws the reason of the signal when it is aborted. */
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
