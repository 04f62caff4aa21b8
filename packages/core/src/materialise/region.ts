// Owns one growing piece of shared memory under text that is being written. It knows nothing of what lies in it.
import type { Slab, Slabs } from '../budget/slabs.js';

export class Region {
  readonly #slabs: Slabs;
  #slab: Slab | undefined;

  constructor(slabs: Slabs) {
    this.#slabs = slabs;
  }

  /** Bytes charged to the budget for it. */
  get bytes(): number {
    return this.#slab?.bytes ?? 0;
  }

  /** Room for at least `bytes`, the first `keepBytes` of which are what they were. Views on it must be made anew. */
  reserve(bytes: number, keepBytes: number): SharedArrayBuffer {
    const old = this.#slab;
    if (old !== undefined && old.bytes >= bytes) return old.buffer;
    const next = this.#slabs.acquire(bytes);
    if (old !== undefined) {
      new Uint8Array(next.buffer).set(new Uint8Array(old.buffer, 0, keepBytes));
      old.free(true);
    }
    this.#slab = next;
    return next.buffer;
  }

  /** A copy of the first `bytes`, into memory of the caller. */
  copyTo(target: Uint8Array, bytes: number): void {
    if (this.#slab !== undefined) target.set(new Uint8Array(this.#slab.buffer, 0, bytes));
  }

  /** Hands the memory over to the caller, who frees it; the region is empty again. */
  take(): Slab | undefined {
    const slab = this.#slab;
    this.#slab = undefined;
    return slab;
  }

  /** Gives the memory back. Idempotent. */
  free(): void {
    this.take()?.free(true);
  }
}
