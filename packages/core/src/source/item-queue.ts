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
  return new FifoQueue<T>();
}

/** A class, because its sizes are asked for every item: accessors of an object literal are several times slower. */
class FifoQueue<T> implements ItemQueue<T> {
  bytes = 0;
  #items: (T | undefined)[] = [];
  #sizes: number[] = [];
  #head = 0;

  get items(): number {
    return this.#items.length - this.#head;
  }

  push(item: T, size: number): void {
    this.#items.push(item);
    this.#sizes.push(size);
    this.bytes += size;
  }

  take(count: number): T[] {
    const end = Math.min(this.#items.length, this.#head + count);
    // Slots between head and the end were filled by push.
    const taken = this.#items.slice(this.#head, end) as T[];
    for (let index = this.#head; index < end; index += 1) {
      this.bytes -= this.#sizes[index] ?? 0;
      this.#items[index] = undefined;
    }
    this.#head = end;
    this.#compact();
    return taken;
  }

  clear(): void {
    this.#items = [];
    this.#sizes = [];
    this.#head = 0;
    this.bytes = 0;
  }

  /** Taking from the front of an array moves the rest, so it is done only when the taken part is the larger one. */
  #compact(): void {
    if (this.#head < compactFrom || this.#head * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#sizes = this.#sizes.slice(this.#head);
    this.#head = 0;
  }
}
