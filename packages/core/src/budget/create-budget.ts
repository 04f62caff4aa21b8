// Owns the counting behind a budget: who holds how many bytes, and when the two marks are crossed. It never allocates.
import { shownOption } from '../errors/check-options.js';
import { PlanError } from '../errors/named-errors.js';
import type { Budget, BudgetOptions, BudgetPurpose, Reservation } from './budget.js';

const defaultHighWater = 0.75;
const defaultLowWater = 0.5;

interface Waiter {
  readonly resolve: () => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

function checkBytes(bytes: number, operation: string): void {
  if (Number.isSafeInteger(bytes) && bytes >= 0) return;
  throw new PlanError(`A budget counts whole bytes; ${operation} was asked for ${bytes}.`, { operation });
}

function markBytes(limitBytes: number, fraction: number, name: string): number {
  if (typeof fraction === 'number' && fraction > 0 && fraction <= 1) return Math.floor(limitBytes * fraction);
  throw new PlanError(
    `${name} is a fraction of the limit, above 0 and at most 1; it was ${shownOption(fraction)}.`,
    {
      operation: 'create budget',
    },
  );
}

/**
 * Makes a budget of `limitBytes`. It is saturated when what is held reaches the high-water mark, and open again when
 * that has fallen to the low-water mark. Listeners and `whenOpen` are told after the count is right; a waiter must look
 * at `saturated` again, because another may have been served before it.
 *
 * Throws PLAN_INVALID for a limit that is not a positive whole number or marks that are not `0 < low < high <= 1`.
 */
export function createBudget(options: BudgetOptions): Budget {
  const { limitBytes } = options;
  if (!Number.isSafeInteger(limitBytes) || limitBytes <= 0) {
    throw new PlanError(
      `The byte budget (limitBytes) must be a positive whole number of bytes; it was ${shownOption(limitBytes)}.`,
      {
        operation: 'create budget',
      },
    );
  }
  const highWaterBytes = markBytes(limitBytes, options.highWater ?? defaultHighWater, 'highWater');
  const lowWaterBytes = markBytes(limitBytes, options.lowWater ?? defaultLowWater, 'lowWater');
  if (lowWaterBytes >= highWaterBytes) {
    throw new PlanError(
      `Of the memory of ${limitBytes} bytes lowWater is ${lowWaterBytes} and highWater ${highWaterBytes}: it ` +
        'must lie below, or sources would never rest.',
      { operation: 'create budget' },
    );
  }

  return new ByteBudget(limitBytes, highWaterBytes, lowWaterBytes);
}

/** A class, because `saturated` is asked for every item: accessors of an object literal are several times slower. */
class ByteBudget implements Budget {
  usedBytes = 0;
  peakBytes = 0;
  saturated = false;
  #relaxed = false;
  readonly #held: Record<BudgetPurpose, number> = { builder: 0, batch: 0, encoder: 0, upload: 0 };
  readonly #listeners = new Set<(saturated: boolean) => void>();
  readonly #waiters = new Set<Waiter>();

  constructor(
    readonly limitBytes: number,
    readonly highWaterBytes: number,
    readonly lowWaterBytes: number,
  ) {}

  used(purpose: BudgetPurpose): number {
    return this.#held[purpose];
  }

  reserve(bytes: number, purpose: BudgetPurpose): Reservation {
    checkBytes(bytes, 'reserve');
    let size = bytes;
    let use = purpose;
    let released = false;
    this.#change(use, size);
    return {
      get bytes() {
        return size;
      },
      assign: (next) => {
        if (released || next === use) return;
        this.#held[use] -= size;
        this.#held[next] += size;
        use = next;
      },
      resize: (next) => {
        checkBytes(next, 'resize');
        if (released) return;
        const delta = next - size;
        size = next;
        this.#change(use, delta);
      },
      release: () => {
        if (released) return;
        released = true;
        const delta = -size;
        size = 0;
        this.#change(use, delta);
      },
    };
  }

  relax(): void {
    this.#relaxed = true;
    if (!this.saturated || this.usedBytes >= this.limitBytes) return;
    this.saturated = false;
    this.#tell();
  }

  whenOpen(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (!this.saturated) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = { resolve, signal, onAbort };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  onChange(listener: (saturated: boolean) => void): () => void {
    // Wrapped, so that the same function given twice is two subscriptions.
    const own = (state: boolean): void => listener(state);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  #change(purpose: BudgetPurpose, delta: number): void {
    this.#held[purpose] += delta;
    this.usedBytes += delta;
    if (this.usedBytes > this.peakBytes) this.peakBytes = this.usedBytes;
    if (this.usedBytes <= this.lowWaterBytes) this.#relaxed = false;
    const mark = this.#relaxed ? this.limitBytes : this.highWaterBytes;
    if (this.saturated ? this.usedBytes > this.lowWaterBytes : this.usedBytes < mark) return;
    this.saturated = !this.saturated;
    this.#tell();
  }

  #tell(): void {
    if (!this.saturated) {
      for (const waiter of [...this.#waiters]) {
        this.#waiters.delete(waiter);
        waiter.signal?.removeEventListener('abort', waiter.onAbort);
        waiter.resolve();
      }
    }
    for (const listener of [...this.#listeners]) listener(this.saturated);
  }
}
