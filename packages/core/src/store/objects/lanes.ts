// Owns how many parts one thread sends at once, over all files that are open in it, and the memory of those that are
// through: what is in flight is in memory, and memory that is let go is held until it is collected.
import { setMaxListeners } from 'node:events';

export interface Lane {
  /** Memory of a whole part, to gather the next one in; undefined when none is spare. */
  readonly spare: Uint8Array | undefined;
  /**
   * Makes room for the next part; calling it again does nothing.
   * @param memory of a whole part that nobody reads any more
   */
  giveBack(memory?: Uint8Array): void;
}

/**
 * How many parts one thread sends at once, over all its open files, and the memory that they are gathered in.
 */
export interface Lanes {
  /** Resolves when there is room for one more, in the order of the calls; rejects with the reason of the signal. */
  take(signal: AbortSignal): Promise<Lane>;
  /** A file is open from here on, and until what comes back is called: memory is kept only while there is one. */
  open(): (memory?: Uint8Array) => void;
}

/**
 * Makes the lanes of one thread, for its `ObjectConnection`.
 * @param count parts in flight; so many are kept at most, those in flight among them
 */
export function createLanes(count: number): Lanes {
  let free = count;
  let files = 0;
  const spares: Uint8Array[] = [];
  const waiting: (() => void)[] = [];
  const keep = (memory: Uint8Array | undefined): void => {
    if (memory !== undefined && files > 0 && spares.length < free) spares.push(memory);
  };
  const next = (): void => waiting.shift()?.();
  const turn = (signal: AbortSignal): Promise<void> => {
    // Every file of an output may wait on its signal; Node would take more than ten for a leak.
    setMaxListeners(0, signal);
    return new Promise((resolve, reject) => {
      const onTurn = (): void => {
        signal.removeEventListener('abort', onAbort);
        // At once: nobody who comes in between can have it.
        free -= 1;
        resolve();
      };
      const onAbort = (): void => {
        waiting.splice(waiting.indexOf(onTurn), 1);
        reject(signal.reason);
      };
      waiting.push(onTurn);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  };
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (free > 0) free -= 1;
      else await turn(signal);
      const spare = spares.pop();
      let isOut = true;
      return {
        spare,
        giveBack(memory) {
          if (!isOut) return;
          isOut = false;
          free += 1;
          keep(memory);
          next();
        },
      };
    },
    open() {
      files += 1;
      let isOpen = true;
      return (memory) => {
        if (!isOpen) return;
        isOpen = false;
        keep(memory);
        files -= 1;
        if (files === 0) spares.length = 0;
      };
    },
  };
}
