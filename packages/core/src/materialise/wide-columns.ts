// Owns the builders of 64-bit columns: int64, uint64, duration, timestamp. Numbers and Dates are written as word pairs, without a BigInt.

import type { KindOf } from '../batch/data-type.js';
import { writeSafeInteger, writeScaled } from '../batch/int64-pairs.js';
import type { Field, TimeUnit } from '../batch/schema.js';
import type { ColumnBuilder } from './column-builder.js';
import { FixedColumn } from './fixed-columns.js';
import type { Placed } from './place.js';
import type { RowSite } from './row-site.js';

/** Of columns whose rows have numbers. */
const orBigint = "as rows have numbers here (or declare the column with js: 'bigint')";

/** What these share: 64-bit values, seen as bigints and as words. What a row could not give back is not taken. */
abstract class WideColumn extends FixedColumn {
  /** In rows the values are numbers: beyond 2^53 they could not be read. */
  readonly #areNumbers: boolean;

  constructor(field: Field, js: 'bigint' | 'number' | 'date', site: RowSite) {
    super(field, site, 64);
    this.#areNumbers = js === 'number';
  }

  protected view({ buffer, byteOffset }: Placed, rows: number): BigInt64Array | BigUint64Array {
    return new BigInt64Array(buffer, byteOffset, rows);
  }

  protected writeInteger(value: number, row: number): void {
    writeSafeInteger(this.views.words, this.first + row, value);
  }

  /** Whether a row can give it back. A value that is rounded here lies beyond 2^53, too. */
  protected isReadable(value: bigint | number): boolean {
    return !this.#areNumbers || Number.isSafeInteger(Number(value));
  }

  /** Writes a bigint; false when it does not fit in 64 bits, or in the numbers of rows. */
  protected writeBigint(value: bigint, row: number): boolean {
    if (BigInt.asIntN(64, value) !== value || !this.isReadable(value)) return false;
    this.views.longs[this.first + row] = value;
    return true;
  }

  protected override nullOr(value: unknown, row: number, expected: string): void {
    super.nullOr(value, row, expected);
    this.writeInteger(0, row);
  }
}

/** Takes bigints of 64 bits and safe integers, none of them negative; no others than safe ones where rows have numbers. */
export class Uint64Column extends WideColumn implements ColumnBuilder {
  readonly #expected: string;

  constructor(field: Field, js: 'bigint' | 'number', site: RowSite) {
    super(field, js, site);
    this.#expected =
      js === 'number'
        ? `a safe integer from 0, ${orBigint}`
        : 'a bigint from 0 to 2^64 - 1 or a safe integer from 0';
  }

  write(value: unknown, row: number): void {
    if (typeof value === 'number') {
      if (Number.isSafeInteger(value) && value >= 0) {
        this.writeInteger(value, row);
        return;
      }
    } else if (typeof value === 'bigint' && BigInt.asUintN(64, value) === value && this.isReadable(value)) {
      this.views.longs[this.first + row] = value;
      return;
    }
    this.nullOr(value, row, this.#expected);
  }

  protected override view({ buffer, byteOffset }: Placed, rows: number): BigUint64Array {
    return new BigUint64Array(buffer, byteOffset, rows);
  }
}

/** Takes bigints of 64 bits and safe integers; no others than safe ones where rows have numbers. */
export class Int64Column extends WideColumn implements ColumnBuilder {
  readonly #expected: string;

  constructor(field: Field, js: 'bigint' | 'number', site: RowSite) {
    super(field, js, site);
    this.#expected =
      js === 'number' ? `a safe integer, ${orBigint}` : 'a bigint of 64 bits or a safe integer';
  }

  write(value: unknown, row: number): void {
    if (typeof value === 'number') {
      if (Number.isSafeInteger(value)) {
        this.writeInteger(value, row);
        return;
      }
    } else if (typeof value === 'bigint' && this.writeBigint(value, row)) {
      return;
    }
    this.nullOr(value, row, this.#expected);
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

  constructor(field: Field, type: KindOf<'timestamp'>, site: RowSite) {
    super(field, type.js, site);
    this.#unit = type.unit;
    this.#factor = type.unit === 's' ? 1 : unitsPerMs[type.unit];
    this.#integers = type.js !== 'date';
    this.#expected = this.#integers
      ? `a safe integer or bigint in ${type.unit}, or a valid Date`
      : 'a valid Date';
    if (type.unit === 's') this.#expected += ' of whole seconds';
    if (type.js === 'number') this.#expected += `, within 2^53 ${type.unit} of 1970, ${orBigint}`;
    else if (type.unit === 'ns') this.#expected += ' from 1677-09-21 to 2262-04-11';
  }

  write(value: unknown, row: number): void {
    if (value instanceof Date) {
      if (this.#writeTime(value.getTime(), row)) return;
    } else if (this.#integers) {
      if (typeof value === 'number') {
        if (Number.isSafeInteger(value)) {
          this.writeInteger(value, row);
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
      this.writeInteger(time / 1_000, row);
      return true;
    }
    if (!this.isReadable(time * this.#factor)) return false;
    if (this.#factor !== 1) return writeScaled(this.views.words, this.first + row, time, this.#factor);
    this.writeInteger(time, row);
    return true;
  }
}
