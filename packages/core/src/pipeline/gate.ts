// Owns whether a node may emit: not while the byte budget is saturated, nor while a consumer asks for nothing more.
// It holds no items.
import type { Budget } from '../budget/budget.js';
import type { Downstream } from '../materialise/flow-context.js';

export interface Gate {
  readonly downstream: Downstream;
  /** Closed by a consumer, whatever the budget says. */
  readonly shut: boolean;
  /** Adds a reason to be shut. */
  close(): void;
  /** Takes one reason away. */
  open(): void;
}

/** @param onShutChange called when `shut` has changed, before anyone who waits goes on */
export function createGate(budget: Budget, onShutChange: () => void = () => undefined): Gate {
  const door = new Door(budget);
  return {
    downstream: door,
    get shut() {
      return door.reasons > 0;
    },
    close() {
      door.reasons += 1;
      if (door.reasons === 1) onShutChange();
    },
    open() {
      door.reasons -= 1;
      if (door.reasons > 0) return;
      onShutChange();
      door.wake();
    },
  };
}

/** A class, because `open` is asked for every item: accessors of an object literal are several times slower. */
class Door implements Downstream {
  /** Reasons to be shut. */
  reasons = 0;
  readonly #budget: Budget;
  readonly #waiting = new Set<() => void>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get open(): boolean {
    return this.reasons === 0 && !this.#budget.saturated;
  }

  async whenOpen(signal?: AbortSignal): Promise<void> {
    while (!this.open) {
      signal?.throwIfAborted();
      await (this.reasons > 0 ? this.#reopened(signal) : this.#budget.whenOpen(signal));
    }
  }

  wake(): void {
    for (const settle of [...this.#waiting]) settle();
  }

  #reopened(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#waiting.delete(settle);
        signal?.removeEventListener('abort', settle);
        if (signal?.aborted) reject(signal.reason);
        else resolve();
      };
      this.#waiting.add(settle);
      signal?.addEventListener('abort', settle);
    });
  }
}
