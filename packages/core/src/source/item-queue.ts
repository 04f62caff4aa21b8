// Owns a first-in-first-out queue of items that knows how many bytes they take. It sets no limit itself.

export interface ItemQueue<T> {
  readonly items: number;
  /** Sum of the sizes given at `push`. */
  readonly bytes: number;
  push(item: T, bytes: number): void;
  /** Removes up to `count` items, oldest first. */
  take(count: number): T[];
  clear(): void;
}

const compactFrom = 1_024;

export function createItemQueue<T>(): ItemQueue<T> {
  let items: (T | undefined)[] = [];
  let sizes: number[] = [];
  let head = 0;
  let bytes = 0;

  // Taking from the front of an array moves the rest, so it is done only when the taken part is the larger one.
  const compact = (): void => {
    if (head < compactFrom || head * 2 < items.length) return;
    items = items.slice(head);
    sizes = sizes.slice(head);
    head = 0;
  };
  const forget = (index: number): void => {
    bytes -= sizes[index] ?? 0;
    items[index] = undefined;
  };
  return {
    get items() {
      return items.length - head;
    },
    get bytes() {
      return bytes;
    },
    push(item, size) {
      items.push(item);
      sizes.push(size);
      bytes += size;
    },
    take(count) {
      const end = Math.min(items.length, head + count);
      // Slots between head and the end were filled by push.
      const taken = items.slice(head, end) as T[];
      for (let index = head; index < end; index += 1) forget(index);
      head = end;
      compact();
      return taken;
    },
    clear() {
      items = [];
      sizes = [];
      head = 0;
      bytes = 0;
    },
  };
}
