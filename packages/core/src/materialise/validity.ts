// Owns the null bitmap of a column that is being built; it takes no memory until the first null.
import type { Slabs } from '../budget/slabs.js';
import { type Place, Region } from './region.js';

const noBits = new Uint8Array(0);

export class Validity {
  readonly #region: Region;
  #bits: Uint8Array = noBits;
  #capacity = 0;
  nullCount = 0;

  constructor(slabs: Slabs) {
    this.#region = new Region(slabs);
  }

  get bytes(): number {
    return this.#region.bytes;
  }

  /** Bytes that `rows` rows fill. */
  usedBytes(rows: number): number {
    return this.nullCount === 0 ? 0 : (rows + 7) >> 3;
  }

  /** Room for `rows` rows. */
  reserve(rows: number): void {
    this.#capacity = rows;
    if (this.#bits.length > 0) this.#extend();
  }

  /** Every bit is 1 until its row is null, so rows with values need no write here. */
  #extend(): void {
    const needed = (this.#capacity + 7) >> 3;
    const filled = this.#bits.length;
    if (needed <= filled) return;
    this.#bits = new Uint8Array(this.#region.reserve(needed, filled), 0, needed);
    this.#bits.fill(0xff, filled);
  }

  markNull(row: number): void {
    this.nullCount += 1;
    const at = row >> 3;
    if (at >= this.#bits.length) this.#extend();
    this.#bits[at] = (this.#bits[at] as number) & ~(1 << (row & 7));
  }

  /** Makes the row valid again, when the rest of it was rejected. */
  undo(row: number): void {
    const at = row >> 3;
    const byte = this.#bits[at];
    const bit = 1 << (row & 7);
    if (byte === undefined || (byte & bit) !== 0) return;
    this.#bits[at] = byte | bit;
    this.nullCount -= 1;
  }

  /** The bitmap of `rows` rows, or null when none is null; then it is empty again. */
  seal(rows: number, place: Place): Uint8Array | null {
    let sealed: Uint8Array | null = null;
    if (this.nullCount > 0) {
      const length = (rows + 7) >> 3;
      // Bits after the last row are 0, as in Arrow's own writers.
      if ((rows & 7) !== 0) {
        this.#bits[length - 1] = (this.#bits[length - 1] as number) & ((1 << (rows & 7)) - 1);
      }
      const { buffer, byteOffset } = place(this.#region, length);
      sealed = new Uint8Array(buffer, byteOffset, length);
    } else {
      this.#region.free();
    }
    this.#bits = noBits;
    this.#capacity = 0;
    this.nullCount = 0;
    return sealed;
  }

  free(): void {
    this.#region.free();
    this.#bits = noBits;
    this.nullCount = 0;
  }
}
