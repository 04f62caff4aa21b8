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
  let pending: A[] = [];
  let sizes: number[] = [];
  let taken = 0;
  let bytes = 0;

  const clear = (): void => {
    pending = [];
    sizes = [];
    taken = 0;
    bytes = 0;
  };
  return {
    get items() {
      return pending.length - taken;
    },
    push(item) {
      const items = pending.length - taken;
      // One that waits alone is always admitted and mostly taken at once: it is not worth an estimate.
      const size = items === 0 ? 0 : estimateBytes(item);
      if (items >= maxPendingItems || bytes + size > maxPendingBytes) {
        throw tooMuch(operator, operation, stage, items, bytes);
      }
      pending.push(item);
      sizes.push(size);
      bytes += size;
    },
    take() {
      // The index is within the length; A itself may include undefined.
      const item = pending[taken] as A;
      bytes -= sizes[taken] ?? 0;
      taken += 1;
      if (taken === pending.length) clear();
      return item;
    },
    clear,
  };
}

function tooMuch(
  operator: string,
  operation: string,
  stage: string,
  items: number,
  bytes: number,
): OverflowError {
  return new OverflowError(
    `Stage '${stage}': ${items} items (about ${bytes} bytes) wait in ${operator}() and its upstream sends on; it lets ${maxPendingItems} items or ${maxPendingBytes} bytes wait. Feed it from a source or another gated operator, or limit the operator before it.`,
    { operation, context: { stage, pendingItems: items, pendingBytes: bytes } },
  );
}
