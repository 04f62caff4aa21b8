// Owns the question "has this turn of the event loop lasted long enough?", asked per item at almost no cost.
import { type Clock, longestTurnMs } from '../time/clock.js';

const maxStride = 1_024;

export interface Pace {
  /** Counts one item; true when the turn is over and the caller should yield. */
  due(): boolean;
  /** Starts a new turn; call it after yielding. */
  restart(): void;
}

/**
 * The clock is read only every so many items: the stride doubles while items are quick and halves while they are slow,
 * so that a check costs nothing per quick item and slow items do not overrun the turn.
 */
export function createPace(clock: Clock, turnMs: number = longestTurnMs): Pace {
  let turnStart = clock.now();
  let checkedAt = turnStart;
  let stride = 1;
  let left = 1;
  return {
    due() {
      left -= 1;
      if (left > 0) return false;
      const now = clock.now();
      stride = now - checkedAt > turnMs / 8 ? Math.max(1, stride >> 1) : Math.min(maxStride, stride * 2);
      checkedAt = now;
      if (now - turnStart >= turnMs) {
        // Until the caller restarts the turn, every item is due.
        left = 1;
        return true;
      }
      left = stride;
      return false;
    },
    restart() {
      turnStart = clock.now();
      checkedAt = turnStart;
      left = stride;
    },
  };
}
