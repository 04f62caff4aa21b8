// Owns the builders of columns with one value of fixed size per row: bool, int32, float64, date, and what they share with
// the 64-bit ones.
import type { ColumnData } from '../batch/batch.js';
import { aligned } from '../batch/pack.js';
import type { Field } from '../batch/schema.js';
import type { ColumnBuilder } from './column-builder.js';
import { type FrameViews, noViews, Part } from './frame.js';
import type { Place, Placed } from './place.js';
import { misfit, type RowSite } from './row-site.js';
import { Validity } from './validity.js';

const dayMs = 86_400_000;
const maxDays = 100_000_000;

/** What all of these share: one part for the values, and a null bitmap. */
export abstract class FixedColumn {
  readonly chargedBytes = 0;
  readonly rowBytes: number;
  readonly parts: readonly Part[];
  readonly values: Part;
  protected readonly validity: Validity;
  protected views: FrameViews = noViews;
  /** Number of the first value among those of its size in the frame. */
  protected first = 0;

  constructor(
    readonly field: Field,
    protected readonly site: RowSite,
    bitsPerRow: number,
  ) {
    this.rowBytes = bitsPerRow / 8;
    this.values = new Part(bitsPerRow);
    this.validity = new Validity(field.nullable);
    this.parts = [this.values, ...this.validity.parts];
  }

  textBytes(): number {
    return 0;
  }

  reserved(views: FrameViews, rows: number, filled: number): void {
    this.views = views;
    this.first = this.values.byteOffset / Math.max(1, this.rowBytes);
    this.validity.reserved(views, rows, filled);
  }

  sealedBytes(rows: number): number {
    return aligned(this.values.bytes(rows)) + aligned(this.validity.usedBytes(rows));
  }

  blank(row: number): void {
    if (this.field.nullable) this.validity.markNull(row);
    // Bits of rows that are not written are 0 already.
    const from = this.values.byteOffset + row * this.rowBytes;
    if (this.rowBytes >= 1) this.views.bytes.fill(0, from, from + this.rowBytes);
  }

  undo(row: number): void {
    this.validity.undo(row);
  }

  seal(rows: number, place: Place): ColumnData {
    const values = this.view(place.fixed(this.values, this.values.bytes(rows)), rows);
    const { nullCount } = this.validity;
    const validity = this.validity.seal(rows, place);
    this.views = noViews;
    return { nullCount, validity, values, offsets: null, dictionary: null };
  }

  free(): void {
    this.views = noViews;
    this.validity.clear();
  }

  protected abstract view(placed: Placed, rows: number): ColumnData['values'];

  /** Marks a null, or throws: for any value that is not one of the column's. */
  protected nullOr(value: unknown, row: number, expected: string): void {
    this.ensureNull(value, expected);
    this.validity.markNull(row);
  }

  protected ensureNull(value: unknown, expected: string): void {
    if ((value !== null && value !== undefined) || !this.field.nullable) {
      throw misfit(this.site, this.field, value, expected);
    }
  }
}

export class BoolColumn extends FixedColumn implements ColumnBuilder {
  constructor(field: Field, site: RowSite) {
    super(field, site, 1);
  }

  override reserved(views: FrameViews, rows: number, filled: number): void {
    super.reserved(views, rows, filled);
    // Slabs come with what was in them, and only true is written.
    views.bytes.fill(0, this.first + this.values.bytes(filled), this.first + this.values.bytes(rows));
  }

  write(value: unknown, row: number): void {
    if (value === true) {
      const at = this.first + (row >> 3);
      this.views.bytes[at] = (this.views.bytes[at] as number) | (1 << (row & 7));
    } else if (value !== false) {
      this.nullOr(value, row, 'true or false');
    }
  }

  override undo(row: number): void {
    super.undo(row);
    const at = this.first + (row >> 3);
    this.views.bytes[at] = (this.views.bytes[at] as number) & ~(1 << (row & 7));
  }

  protected view({ buffer, byteOffset }: Placed, rows: number): Uint8Array {
    return new Uint8Array(buffer, byteOffset, (rows + 7) >> 3);
  }
}

abstract class WordColumn extends FixedColumn {
  constructor(field: Field, site: RowSite) {
    super(field, site, 32);
  }

  protected view({ buffer, byteOffset }: Placed, rows: number): Int32Array {
    return new Int32Array(buffer, byteOffset, rows);
  }
}

export class Int32Column extends WordColumn implements ColumnBuilder {
  write(value: unknown, row: number): void {
    if (typeof value === 'number' && (value | 0) === value) {
      this.views.words[this.first + row] = value;
    } else {
      this.nullOr(value, row, 'a whole number from -2147483648 to 2147483647');
      this.views.words[this.first + row] = 0;
    }
  }
}

/** Days since 1970-01-01 from a Date at midnight UTC. */
export class DateColumn extends WordColumn implements ColumnBuilder {
  write(value: unknown, row: number): void {
    if (value instanceof Date) {
      const days = value.getTime() / dayMs;
      if (Number.isInteger(days) && days <= maxDays && days >= -maxDays) {
        this.views.words[this.first + row] = days;
        return;
      }
    }
    this.nullOr(value, row, 'a Date at midnight UTC');
    this.views.words[this.first + row] = 0;
  }
}

export class Float64Column extends FixedColumn implements ColumnBuilder {
  constructor(field: Field, site: RowSite) {
    super(field, site, 64);
  }

  write(value: unknown, row: number): void {
    if (typeof value === 'number') {
      this.views.doubles[this.first + row] = value;
    } else {
      this.nullOr(value, row, 'a number');
      this.views.doubles[this.first + row] = 0;
    }
  }

  protected view({ buffer, byteOffset }: Placed, rows: number): Float64Array {
    return new Float64Array(buffer, byteOffset, rows);
  }
}
