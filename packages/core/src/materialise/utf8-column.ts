// Owns the builders of utf8 and binary columns: the bytes of all values one after the other, and where each of them ends.
import type { ColumnData } from '../batch/batch.js';
import { aligned } from '../batch/pack.js';
import type { Field } from '../batch/schema.js';
import type { Slabs } from '../budget/slabs.js';
import type { ColumnBuilder } from './column-builder.js';
import { type FrameViews, noViews, Part } from './frame.js';
import type { Place } from './place.js';
import { misfit, type RowSite } from './row-site.js';
import { TextBytes } from './text-bytes.js';
import { Validity } from './validity.js';

export class Utf8Column implements ColumnBuilder {
  readonly rowBytes = 4;
  readonly parts: readonly Part[];
  /** The byte after each string; before the first row lies a 0. What was written ends at the last row's. */
  readonly offsets: Part = new Part(32, 4);
  readonly text: TextBytes;
  protected readonly validity: Validity;
  protected words: Int32Array = noViews.words;
  protected first = 0;

  constructor(
    readonly field: Field,
    slabs: Slabs,
    protected readonly site: RowSite,
  ) {
    this.text = new TextBytes(slabs);
    this.validity = new Validity(field.nullable);
    this.parts = [this.offsets, ...this.validity.parts];
  }

  textBytes(rows: number): number {
    return rows === 0 ? 0 : (this.words[this.first + rows] as number);
  }

  get chargedBytes(): number {
    return this.text.chargedBytes;
  }

  reserved(views: FrameViews, rows: number, filled: number): void {
    this.words = views.words;
    this.first = this.offsets.byteOffset / 4;
    if (filled === 0) this.words[this.first] = 0;
    this.text.open();
    this.validity.reserved(views, rows, filled);
  }

  write(value: unknown, row: number): void {
    const at = this.first + row;
    const start = this.words[at] as number;
    if (typeof value === 'string') {
      const end = this.text.write(value, start);
      if (typeof end !== 'number') throw misfit(this.site, this.field, value, end);
      this.words[at + 1] = end;
    } else {
      this.nullOr(value, row, 'a string');
    }
  }

  /** Writes a null, or throws: for any value that is not one of the column's. */
  protected nullOr(value: unknown, row: number, expected: string): void {
    if ((value !== null && value !== undefined) || !this.field.nullable) {
      throw misfit(this.site, this.field, value, expected);
    }
    this.blank(row);
  }

  blank(row: number): void {
    if (this.field.nullable) this.validity.markNull(row);
    const at = this.first + row;
    this.words[at + 1] = this.words[at] as number;
  }

  /** Its text goes by itself: the next one is written from where the row before ends. */
  undo(row: number): void {
    this.validity.undo(row);
  }

  sealedBytes(rows: number): number {
    const text = aligned(this.textBytes(rows));
    return aligned(this.offsets.bytes(rows)) + text + aligned(this.validity.usedBytes(rows));
  }

  seal(rows: number, place: Place): ColumnData {
    const values = this.text.seal(this.textBytes(rows), place);
    const { buffer, byteOffset } = place.fixed(this.offsets, this.offsets.bytes(rows));
    const offsets = new Int32Array(buffer, byteOffset, rows + 1);
    const { nullCount } = this.validity;
    const validity = this.validity.seal(rows, place);
    this.words = noViews.words;
    return { nullCount, validity, values, offsets, dictionary: null };
  }

  free(): void {
    this.text.free();
    this.validity.clear();
    this.words = noViews.words;
  }
}

/** Bytes from Uint8Arrays, laid down as strings are. */
export class BinaryColumn extends Utf8Column {
  override write(value: unknown, row: number): void {
    if (value instanceof Uint8Array) {
      const at = this.first + row;
      const end = this.text.writeBytes(value, this.words[at] as number);
      if (typeof end !== 'number') throw misfit(this.site, this.field, value, end);
      this.words[at + 1] = end;
    } else {
      this.nullOr(value, row, 'a Uint8Array');
    }
  }
}
