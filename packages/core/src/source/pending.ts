// Owns the inputs that wait in a gated operator: first in, first out, limited in items and in bytes.
import { OverflowError } from '../errors/named-errors.js';
import { estimateBytes } from './size-of.js';

/** Inputs an operator lets wait before it gives up: what sources may still send after being blocked, with room. */
const maxPendingItems = 65_536;
/** The same in estimated bytes: 256 MiB. */
const maxPendingBytes = 256 * 1_024 * 1_024;

export interface Pending<A> {
  readonly items: number;
  /** Throws OVERFLOW beyond either limit. */
  push(item: A): void;
  /** The oldest; there must be one. */
  take(): A;
  clear(): void;
}

/**
 * @param operator its name as users write it, for messages
 * @param operation for the error
 * @param stage name of the stage
 */
export function createPending<A>(operator: string, operation: string, stage: string): Pending<A> {
  return new PendingItems((items, bytes) => tooMuch(operator, operation, stage, items, bytes));
}

/** A class, because `items` is asked for every item: accessors of an object literal are several times slower. */
class PendingItems<A> implements Pending<A> {
  readonly #tooMuch: (items: number, bytes: number) => OverflowError;
  #pending: A[] = [];
  #sizes: number[] = [];
  #taken = 0;
  #bytes = 0;

  constructor(tooMuchOf: (items: number, bytes: number) => OverflowError) {
    this.#tooMuch = tooMuchOf;
  }

  get items(): number {
    return this.#pending.length - this.#taken;
  }

  push(item: A): void {
    const { items } = this;
    // One that waits alone is always admitted and mostly taken at once: it is not worth an estimate.
    const size = items === 0 ? 0 : estimateBytes(item);
    if (items >= maxPendingItems || this.#bytes + size > maxPendingBytes)
      throw this.#tooMuch(items, this.#bytes);
    this.#pending.push(item);
    this.#sizes.push(size);
    this.#bytes += size;
  }

  take(): A {
    // The index is within the length; A itself may include undefined.
    const item = this.#pending[this.#taken] as A;
    this.#bytes -= this.#sizes[this.#taken] ?? 0;
    this.#taken += 1;
    if (this.#taken === this.#pending.length) this.clear();
    return item;
  }

  clear(): void {
    this.#pending = [];
    this.#sizes = [];
    this.#taken = 0;
    this.#bytes = 0;
  }
}

function tooMuch(
  operator: string,
  operation: string,
  stage: string,
  items: number,
  bytes: number,
): OverflowError {
  return new OverflowError(
    `Stage '${stage}': ${items} items (about ${bytes} bytes) wait in ${operator}() and its upstream sends on; ` +
      `it lets ${maxPendingItems} items or ${maxPendingBytes} bytes wait. Feed it from a source or another gated ` +
      'operator, or limit the operator before it.',
    { operation, context: { stage, pendingItems: items, pendingBytes: bytes } },
  );
}
