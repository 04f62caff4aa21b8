// Owns the question whether a run stands still. It only asks; what to do about it is the runtime's business.
import type { Clock } from '../time/clock.js';

export interface StallWatch {
  readonly clock: Clock;
  readonly stallMs: number;
  /** Grows with whatever moves. */
  moves(): number;
  /** Called when nothing has moved for `stallMs`, again after each further `stallMs` without a move. */
  onStill(): void;
}

/** Looks once per `stallMs`, so it notices after one to two of them. Returns how to stop. */
export function watchForStall({ clock, stallMs, moves, onStill }: StallWatch): () => void {
  let before = moves();
  let stopped = false;
  let handle: unknown;
  const look = (): void => {
    const now = moves();
    const still = now === before;
    before = now;
    if (still) onStill();
    if (!stopped) handle = clock.setTimeout(look, stallMs);
  };
  handle = clock.setTimeout(look, stallMs);
  return () => {
    stopped = true;
    clock.clearTimeout(handle);
  };
}
