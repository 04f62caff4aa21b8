// Owns which workers are lent batches at the same time, when that is fewer than there are: those that have something take
// turns. Which batches, and what becomes of them, is the ledgers' business.

/** A worker's part in the taking of turns. */
export interface Turn {
  /** Whether it may be lent a batch now, which is then counted. If not, it is told to go on when its turn comes. */
  take(): boolean;
  /** Batches that were lent are not at work any more. */
  done(batches: number): void;
  /** Is told when its turn comes: once per attempt. Returns how to leave. */
  join(resume: () => void): () => void;
}

export interface Turns {
  /** Workers that may be lent batches at once. */
  setLimit(limit: number): void;
  create(): Turn;
}

/** Batches after which a worker gives way to one that waits: enough that passing on costs nothing that shows. */
const batchesPerTurn = 8;

interface Taker {
  readonly attempts: Set<() => void>;
  /** Lent and at work. */
  outstanding: number;
  /** Lent since it has had its turn. */
  lent: number;
}

export function createTurns(): Turns {
  let limit = Number.POSITIVE_INFINITY;
  const takers = new Set<Taker>();
  const waiting = new Set<Taker>();

  const resume = (taker: Taker): void => {
    for (const attempt of [...taker.attempts]) attempt();
  };
  const passOn = (): void => {
    while (takers.size < limit) {
      const [next] = waiting;
      if (next === undefined) return;
      waiting.delete(next);
      begin(next);
      resume(next);
      // What it waited for may be gone.
      if (next.outstanding === 0) takers.delete(next);
    }
  };
  const begin = (taker: Taker): void => {
    takers.add(taker);
    taker.lent = 0;
  };
  const mayGoOn = (taker: Taker): boolean => {
    if (!takers.has(taker)) {
      if (takers.size >= limit) return false;
      begin(taker);
    }
    // Only where somebody waits for it, or there are too many.
    return taker.lent < batchesPerTurn || (waiting.size === 0 && takers.size <= limit);
  };

  return {
    setLimit(next) {
      limit = next;
      passOn();
    },
    create() {
      const taker: Taker = { attempts: new Set(), outstanding: 0, lent: 0 };
      return {
        take() {
          if (!mayGoOn(taker)) {
            waiting.add(taker);
            return false;
          }
          taker.lent += 1;
          taker.outstanding += 1;
          return true;
        },
        done(batches) {
          taker.outstanding -= batches;
          if (taker.outstanding > 0 || !takers.has(taker)) return;
          takers.delete(taker);
          passOn();
        },
        join(attempt) {
          taker.attempts.add(attempt);
          return () => void taker.attempts.delete(attempt);
        },
      };
    },
  };
}
