// Owns the null bitmap of a column that is being built; it is not touched until the first null.
import { type FrameViews, noViews, Part } from './frame.js';
import type { Place } from './place.js';

export class Validity {
  nullCount = 0;
  /** None for a column that takes no nulls. */
  readonly parts: readonly Part[];
  readonly #part = new Part(1);
  #bytes: Uint8Array = noViews.bytes;
  #capacityBytes = 0;
  /** Since the first null of a batch the bits are there, and 1 until their row is null. */
  #started = false;

  constructor(nullable: boolean) {
    this.parts = nullable ? [this.#part] : [];
  }

  /** Bytes that `rows` rows fill. */
  usedBytes(rows: number): number {
    return this.nullCount === 0 ? 0 : this.#part.bytes(rows);
  }

  reserved(views: FrameViews, rows: number, filled: number): void {
    this.#bytes = views.bytes;
    this.#capacityBytes = this.#part.bytes(rows);
    if (this.#started) this.#fill(this.#part.bytes(filled));
  }

  #fill(from: number): void {
    const { byteOffset } = this.#part;
    this.#bytes.fill(0xff, byteOffset + from, byteOffset + this.#capacityBytes);
  }

  markNull(row: number): void {
    if (!this.#started) {
      this.#started = true;
      this.#fill(0);
    }
    this.nullCount += 1;
    const at = this.#part.byteOffset + (row >> 3);
    this.#bytes[at] = (this.#bytes[at] as number) & ~(1 << (row & 7));
  }

  /** Makes the row valid again, when the rest of it was rejected. */
  undo(row: number): void {
    if (!this.#started) return;
    const at = this.#part.byteOffset + (row >> 3);
    const byte = this.#bytes[at] as number;
    const bit = 1 << (row & 7);
    if ((byte & bit) !== 0) return;
    this.#bytes[at] = byte | bit;
    this.nullCount -= 1;
  }

  /** The bitmap of `rows` rows, or null when none is null; then it is empty again. */
  seal(rows: number, place: Place): Uint8Array | null {
    let sealed: Uint8Array | null = null;
    if (this.nullCount > 0) {
      const length = this.#part.bytes(rows);
      // Bits after the last row are 0, as in Arrow's own writers.
      if ((rows & 7) !== 0) {
        const last = this.#part.byteOffset + length - 1;
        this.#bytes[last] = (this.#bytes[last] as number) & ((1 << (rows & 7)) - 1);
      }
      const { buffer, byteOffset } = place.fixed(this.#part, length);
      sealed = new Uint8Array(buffer, byteOffset, length);
    }
    this.clear();
    return sealed;
  }

  clear(): void {
    this.#bytes = noViews.bytes;
    this.#started = false;
    this.nullCount = 0;
  }
}
