// Owns the rows within the column of lists that is being built: they are more or fewer than the lists, so that they have a
// frame of their own, which grows by itself.
import type { ColumnData } from '../batch/batch.js';
import { aligned } from '../batch/pack.js';
import type { Slabs } from '../budget/slabs.js';
import type { ColumnBuilder } from './column-builder.js';
import { Frame } from './frame.js';
import type { Place } from './place.js';

const firstCapacity = 128;
const growth = 4;

export class Items {
  /** Items that are written. */
  count = 0;
  readonly #column: ColumnBuilder;
  readonly #frame: Frame;
  #capacity = 0;
  /** Batches of a stage are alike: the next one starts with the room that the last one needed. */
  #startCapacity = firstCapacity;

  constructor(column: ColumnBuilder, slabs: Slabs) {
    this.#column = column;
    this.#frame = new Frame(slabs, column.parts);
  }

  /** Room for a batch, before its first list. */
  open(): void {
    if (this.#capacity === 0) this.#reserve(this.#startCapacity);
  }

  #reserve(rows: number): void {
    this.#frame.reserve(rows, this.count, 0);
    this.#column.reserved(this.#frame.views, rows, this.count);
    // Last, so that an item after a failure finds no room that is not there.
    this.#capacity = rows;
  }

  /** Throws as the column of items does; `undoTo` then takes back what was written. */
  add(value: unknown): void {
    if (this.count === this.#capacity) this.#reserve(this.#capacity * growth);
    this.#column.write(value, this.count);
    this.count += 1;
  }

  /** Adds what lies under a null of the list. */
  addBlank(): void {
    if (this.count === this.#capacity) this.#reserve(this.#capacity * growth);
    this.#column.blank(this.count);
    this.count += 1;
  }

  /** Takes back all items from number `start` on, and one that was begun. */
  undoTo(start: number): void {
    for (let at = Math.min(this.count, this.#capacity - 1); at >= start; at--) this.#column.undo(at);
    this.count = start;
  }

  /** Bytes that the items fill, null bitmaps not counted. */
  get bytes(): number {
    return this.count * this.#column.rowBytes + this.#column.textBytes(this.count);
  }

  get chargedBytes(): number {
    return this.#frame.chargedBytes + this.#column.chargedBytes;
  }

  sealedBytes(): number {
    return aligned(this.#column.sealedBytes(this.count));
  }

  /** The column of all items; then there are none. */
  seal(place: Place): ColumnData {
    const inner = place.inner(this.#frame, this.sealedBytes(), this.chargedBytes);
    const column = this.#column.seal(this.count, inner);
    this.#startCapacity = Math.max(firstCapacity, this.count + (this.count >> 3));
    this.#clear();
    return column;
  }

  free(): void {
    this.#column.free();
    this.#clear();
  }

  #clear(): void {
    this.#frame.free();
    this.#capacity = 0;
    this.count = 0;
  }
}
