// Owns the question whether a thread that has something to do still answers. A busy loop or a call that blocks keeps it from
// answering; a sink that merely waits does not. What follows is the asker's business.
import type { Clock } from '../time/clock.js';

export interface Liveness {
  /** Whether the thread has something to do: only then is it asked. */
  watch(on: boolean): void;
  /** The thread has said something, whatever it is. */
  heard(): void;
}

export interface LivenessOptions {
  readonly clock: Clock;
  /** Milliseconds of silence after which `onSilent` is called, once; 0 for never. */
  readonly limitMs: number;
  /** Asks the thread for a sign of life. */
  readonly ask: () => void;
  readonly onSilent: () => void;
}

/** Several looks, since one may be late: when this thread was blocked itself, what it was told is read only after it. */
const looks = 4;

export function createLiveness({ clock, limitMs, ask, onSilent }: LivenessOptions): Liveness {
  let timer: unknown;
  let isWatching = false;
  let silentLooks = 0;
  const wait = (): void => {
    timer = clock.setTimeout(look, limitMs / looks);
  };
  const look = (): void => {
    silentLooks += 1;
    if (silentLooks > looks) {
      isWatching = false;
      onSilent();
      return;
    }
    ask();
    wait();
  };
  return {
    watch(on) {
      if (on === isWatching || limitMs === 0) return;
      isWatching = on;
      silentLooks = 0;
      if (on) wait();
      else clock.clearTimeout(timer);
    },
    heard() {
      silentLooks = 0;
    },
  };
}
