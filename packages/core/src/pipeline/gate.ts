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
  let reasons = 0;
  const waiting = new Set<() => void>();

  const reopened = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (): void => {
        waiting.delete(settle);
        signal?.removeEventListener('abort', settle);
        if (signal?.aborted) reject(signal.reason);
        else resolve();
      };
      waiting.add(settle);
      signal?.addEventListener('abort', settle);
    });

  const downstream: Downstream = {
    get open() {
      return reasons === 0 && !budget.saturated;
    },
    async whenOpen(signal) {
      while (!downstream.open) {
        signal?.throwIfAborted();
        await (reasons > 0 ? reopened(signal) : budget.whenOpen(signal));
      }
    },
  };

  return {
    downstream,
    get shut() {
      return reasons > 0;
    },
    close() {
      reasons += 1;
      if (reasons === 1) onShutChange();
    },
    open() {
      reasons -= 1;
      if (reasons > 0) return;
      onShutChange();
      for (const settle of [...waiting]) settle();
    },
  };
}
