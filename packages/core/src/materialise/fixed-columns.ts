// Owns the builders of columns with one small value per row: bool, int32, float64 and date.
import type { ColumnData } from '../batch/batch.js';
import { aligned } from '../batch/pack.js';
import type { Field } from '../batch/schema.js';
import type { Slabs } from '../budget/slabs.js';
import type { ColumnBuilder } from './column-builder.js';
import { type Place, Region } from './region.js';
import { misfit, type RowSite } from './row-site.js';
import { Validity } from './validity.js';

const dayMs = 86_400_000;
const maxDays = 100_000_000;

/** What all of these share: one region of values, a null bitmap. */
abstract class FixedColumn {
  readonly textBytes = 0;
  abstract readonly rowBytes: number;
  protected readonly region: Region;
  protected readonly validity: Validity;

  constructor(
    readonly field: Field,
    slabs: Slabs,
    protected readonly site: RowSite,
  ) {
    this.region = new Region(slabs);
    this.validity = new Validity(slabs);
  }

  get chargedBytes(): number {
    return this.region.bytes + this.validity.bytes;
  }

  sealedBytes(rows: number): number {
    return aligned(Math.ceil(rows * this.rowBytes)) + aligned(this.validity.usedBytes(rows));
  }

  undo(row: number): void {
    this.validity.undo(row);
  }

  free(): void {
    this.region.free();
    this.validity.free();
  }

  /** Marks a null, or throws: for any value that is not one of the column's. */
  protected nullOr(value: unknown, row: number, expected: string): void {
    if ((value !== null && value !== undefined) || !this.field.nullable) {
      throw misfit(this.site, this.field, value, expected);
    }
    this.validity.markNull(row);
  }

  protected sealed(values: ColumnData['values'], rows: number, place: Place): ColumnData {
    const { nullCount } = this.validity;
    return { nullCount, validity: this.validity.seal(rows, place), values, offsets: null, dictionary: null };
  }
}

export class BoolColumn extends FixedColumn implements ColumnBuilder {
  readonly rowBytes: number = 1 / 8;
  #bits: Uint8Array = new Uint8Array(0);

  reserve(rows: number, filled: number): void {
    const keep = (filled + 7) >> 3;
    const length = (rows + 7) >> 3;
    this.#bits = new Uint8Array(this.region.reserve(length, keep), 0, length);
    // Slabs come with what was in them, and only true is written.
    this.#bits.fill(0, keep);
    this.validity.reserve(rows);
  }

  write(value: unknown, row: number): void {
    if (value === true) {
      const at = row >> 3;
      this.#bits[at] = (this.#bits[at] as number) | (1 << (row & 7));
    } else if (value !== false) {
      this.nullOr(value, row, 'true or false');
    }
  }

  override undo(row: number): void {
    super.undo(row);
    const at = row >> 3;
    this.#bits[at] = (this.#bits[at] as number) & ~(1 << (row & 7));
  }

  seal(rows: number, place: Place): ColumnData {
    const length = (rows + 7) >> 3;
    const { buffer, byteOffset } = place(this.region, length);
    return this.sealed(new Uint8Array(buffer, byteOffset, length), rows, place);
  }
}

abstract class WordColumn extends FixedColumn {
  readonly rowBytes = 4;
  protected values: Int32Array = new Int32Array(0);

  reserve(rows: number, filled: number): void {
    this.values = new Int32Array(this.region.reserve(rows * 4, filled * 4), 0, rows);
    this.validity.reserve(rows);
  }

  seal(rows: number, place: Place): ColumnData {
    const { buffer, byteOffset } = place(this.region, rows * 4);
    return this.sealed(new Int32Array(buffer, byteOffset, rows), rows, place);
  }
}

export class Int32Column extends WordColumn implements ColumnBuilder {
  write(value: unknown, row: number): void {
    if (typeof value === 'number' && (value | 0) === value) {
      this.values[row] = value;
    } else {
      this.nullOr(value, row, 'a whole number from -2147483648 to 2147483647');
      this.values[row] = 0;
    }
  }
}

/** Days since 1970-01-01 from a Date at midnight UTC. */
export class DateColumn extends WordColumn implements ColumnBuilder {
  write(value: unknown, row: number): void {
    if (value instanceof Date) {
      const days = value.getTime() / dayMs;
      if (Number.isInteger(days) && days <= maxDays && days >= -maxDays) {
        this.values[row] = days;
        return;
      }
    }
    this.nullOr(value, row, 'a Date at midnight UTC');
    this.values[row] = 0;
  }
}

export class Float64Column extends FixedColumn implements ColumnBuilder {
  readonly rowBytes = 8;
  #values: Float64Array = new Float64Array(0);

  reserve(rows: number, filled: number): void {
    this.#values = new Float64Array(this.region.reserve(rows * 8, filled * 8), 0, rows);
    this.validity.reserve(rows);
  }

  write(value: unknown, row: number): void {
    if (typeof value === 'number') {
      this.#values[row] = value;
    } else {
      this.nullOr(value, row, 'a number');
      this.#values[row] = 0;
    }
  }

  seal(rows: number, place: Place): ColumnData {
    const { buffer, byteOffset } = place(this.region, rows * 8);
    return this.sealed(new Float64Array(buffer, byteOffset, rows), rows, place);
  }
}
