// Owns how many parts one thread sends at once, over all files that are open in it, and the memory of those that are
// through: what is in flight is in memory, and memory that is let go is held until it is collected. So it is kept from one
// file to the next, too. Files that are smaller than a part share a lane.
import { setMaxListeners } from 'node:events';

/** The place of a part that is being sent, or of a small file. */
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
  /**
   * Resolves when there is room for one more, in the order of the calls; rejects with the reason of the signal.
   * @param share of a whole part that is held in memory, more than 0 and at most 1. Less than a whole one has no spare. Default 1
   */
  take(signal: AbortSignal, share?: number): Promise<Lane>;
  /** Memory of a whole part to begin a file with; undefined when none is spare. */
  spare(): Uint8Array | undefined;
  /** A file is open from here on, and until what comes back is called: memory is kept while there is one, and for a second more. */
  open(): (memory?: Uint8Array) => void;
}

/** Calls back once; returns how to call it off. Must not keep the process alive. */
export type StartTimer = (callback: () => void, delayMs: number) => () => void;

const startTimerOfNode: StartTimer = (callback, delayMs) => {
  const timer = setTimeout(callback, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
};

/** From one file of an output to the next one; what has been collected by then would not be sooner. */
const keepMs = 1_000;

/** What a lane is shared out in: whole numbers add up without an error. */
const piecesPerLane = 16;

/**
 * Makes the lanes of one thread, for its `ObjectConnection`.
 * @param count parts in flight; so many are kept at most, those in flight among them
 */
export function createLanes(count: number, startTimer: StartTimer = startTimerOfNode): Lanes {
  /** In pieces of lanes. */
  let free = count * piecesPerLane;
  let files = 0;
  let stopTimer = (): void => undefined;
  const spares: Uint8Array[] = [];
  const waiting: { readonly pieces: number; readonly onTurn: () => void }[] = [];
  const keep = (memory: Uint8Array | undefined): void => {
    const isRoom = (spares.length + 1) * piecesPerLane <= free;
    if (memory !== undefined && files > 0 && isRoom) spares.push(memory);
  };
  /** Who needs more than is free is not passed by those who need less. */
  const next = (): void => {
    for (let first = waiting[0]; first !== undefined && first.pieces <= free; first = waiting[0]) {
      waiting.shift();
      first.onTurn();
    }
  };
  const turn = (signal: AbortSignal, pieces: number): Promise<void> => {
    // Every file of an output may wait on its signal; Node would take more than ten for a leak.
    setMaxListeners(0, signal);
    return new Promise((resolve, reject) => {
      const onTurn = (): void => {
        signal.removeEventListener('abort', onAbort);
        // At once: nobody who comes in between can have it.
        free -= pieces;
        resolve();
      };
      const one = { pieces, onTurn };
      const onAbort = (): void => {
        waiting.splice(waiting.indexOf(one), 1);
        reject(signal.reason);
        // It may have stood before some that need less.
        next();
      };
      waiting.push(one);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  };
  return {
    async take(signal, share = 1) {
      signal.throwIfAborted();
      const pieces = Math.min(piecesPerLane, Math.max(1, Math.ceil(share * piecesPerLane)));
      if (waiting.length === 0 && pieces <= free) free -= pieces;
      else await turn(signal, pieces);
      const spare = pieces === piecesPerLane ? spares.pop() : undefined;
      // What is spare counts as in flight, too.
      while (spares.length * piecesPerLane > free) spares.pop();
      let isOut = true;
      return {
        spare,
        giveBack(memory) {
          if (!isOut) return;
          isOut = false;
          free += pieces;
          keep(memory);
          next();
        },
      };
    },
    spare: () => spares.pop(),
    open() {
      stopTimer();
      files += 1;
      let isOpen = true;
      return (memory) => {
        if (!isOpen) return;
        isOpen = false;
        keep(memory);
        files -= 1;
        if (files > 0) return;
        stopTimer = startTimer(() => {
          spares.length = 0;
        }, keepMs);
      };
    },
  };
}
