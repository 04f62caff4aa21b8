// Owns the builders of 64-bit columns: int64 and timestamp. Numbers and Dates are written as word pairs, without a BigInt.
import type { ColumnData } from '../batch/batch.js';
import { wordsOf, writeSafeInteger, writeScaled } from '../batch/int64-pairs.js';
import { aligned } from '../batch/pack.js';
import type { DataType, Field, TimeUnit } from '../batch/schema.js';
import type { Slabs } from '../budget/slabs.js';
import type { ColumnBuilder } from './column-builder.js';
import { type Place, Region } from './region.js';
import { misfit, type RowSite } from './row-site.js';
import { Validity } from './validity.js';

/** What both share: 64-bit values, seen as bigints and as words. */
abstract class WideColumn {
  readonly rowBytes = 8;
  readonly textBytes = 0;
  protected values: BigInt64Array = new BigInt64Array(0);
  protected words: Int32Array = new Int32Array(0);
  readonly #region: Region;
  readonly #validity: Validity;

  constructor(
    readonly field: Field,
    slabs: Slabs,
    protected readonly site: RowSite,
  ) {
    this.#region = new Region(slabs);
    this.#validity = new Validity(slabs);
  }

  get chargedBytes(): number {
    return this.#region.bytes + this.#validity.bytes;
  }

  reserve(rows: number, filled: number): void {
    this.values = new BigInt64Array(this.#region.reserve(rows * 8, filled * 8), 0, rows);
    this.words = wordsOf(this.values);
    this.#validity.reserve(rows);
  }

  undo(row: number): void {
    this.#validity.undo(row);
  }

  sealedBytes(rows: number): number {
    return aligned(rows * 8) + aligned(this.#validity.usedBytes(rows));
  }

  seal(rows: number, place: Place): ColumnData {
    const { buffer, byteOffset } = place(this.#region, rows * 8);
    const values = new BigInt64Array(buffer, byteOffset, rows);
    const { nullCount } = this.#validity;
    return { nullCount, validity: this.#validity.seal(rows, place), values, offsets: null, dictionary: null };
  }

  free(): void {
    this.#region.free();
    this.#validity.free();
  }

  /** Writes a bigint; false when it does not fit in 64 bits. */
  protected writeBigint(value: bigint, row: number): boolean {
    if (BigInt.asIntN(64, value) !== value) return false;
    this.values[row] = value;
    return true;
  }

  protected nullOr(value: unknown, row: number, expected: string): void {
    if ((value !== null && value !== undefined) || !this.field.nullable) {
      throw misfit(this.site, this.field, value, expected);
    }
    this.#validity.markNull(row);
    writeSafeInteger(this.words, row, 0);
  }
}

/** Takes bigints of 64 bits and safe integers, whatever form the column has in rows that are read. */
export class Int64Column extends WideColumn implements ColumnBuilder {
  write(value: unknown, row: number): void {
    if (typeof value === 'number') {
      if (Number.isSafeInteger(value)) {
        writeSafeInteger(this.words, row, value);
        return;
      }
    } else if (typeof value === 'bigint' && this.writeBigint(value, row)) {
      return;
    }
    this.nullOr(value, row, 'a bigint of 64 bits or a safe integer');
  }
}

const unitsPerMs: Readonly<Record<Exclude<TimeUnit, 's'>, number>> = { ms: 1, us: 1_000, ns: 1_000_000 };

/**
 * Takes Dates always, whose meaning is plain; integers count in the unit of the column, and only where its form in rows
 * is `number` or `bigint`, so that milliseconds are never taken for something else by mistake.
 */
export class TimestampColumn extends WideColumn implements ColumnBuilder {
  readonly #unit: TimeUnit;
  readonly #factor: number;
  readonly #integers: boolean;
  readonly #expected: string;

  constructor(field: Field, type: DataType & { kind: 'timestamp' }, slabs: Slabs, site: RowSite) {
    super(field, slabs, site);
    this.#unit = type.unit;
    this.#factor = type.unit === 's' ? 1 : unitsPerMs[type.unit];
    this.#integers = type.js !== 'date';
    this.#expected = this.#integers
      ? `a safe integer or bigint in ${type.unit}, or a valid Date`
      : 'a valid Date';
    if (type.unit === 's') this.#expected += ' of whole seconds';
    if (type.unit === 'ns') this.#expected += ' from 1677-09-21 to 2262-04-11';
  }

  write(value: unknown, row: number): void {
    if (value instanceof Date) {
      if (this.#writeTime(value.getTime(), row)) return;
    } else if (this.#integers) {
      if (typeof value === 'number') {
        if (Number.isSafeInteger(value)) {
          writeSafeInteger(this.words, row, value);
          return;
        }
      } else if (typeof value === 'bigint' && this.writeBigint(value, row)) {
        return;
      }
    }
    this.nullOr(value, row, this.#expected);
  }

  /** Writes milliseconds since 1970; false when they are NaN or have no exact value in the unit. */
  #writeTime(time: number, row: number): boolean {
    if (Number.isNaN(time)) return false;
    if (this.#unit === 's') {
      if (time % 1_000 !== 0) return false;
      writeSafeInteger(this.words, row, time / 1_000);
      return true;
    }
    if (this.#factor !== 1) return writeScaled(this.words, row, time, this.#factor);
    writeSafeInteger(this.words, row, time);
    return true;
  }
}
