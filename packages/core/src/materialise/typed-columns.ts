// Owns the builders of flat columns that write through an array of their own class: small integers, floats, decimals, times
// of day, bytes of one width. Values that do not fit are refused, never rounded or wrapped.
import type { ColumnValues } from '../batch/batch-data.js';
import type { KindOf } from '../batch/data-type.js';
import { hasDigits, parseDecimal, writeWords } from '../batch/decimal-words.js';
import { halfBits, numberOfHalf } from '../batch/float16.js';
import { type FixedLayout, layoutOf } from '../batch/layout.js';
import type { DataType, Field, TimeUnit } from '../batch/schema.js';
import type { ColumnBuilder } from './column-builder.js';
import { FixedColumn } from './fixed-columns.js';
import type { FrameViews } from './frame.js';
import type { Placed } from './place.js';
import type { RowSite } from './row-site.js';

/** @typeParam A what the type of the column says of its values in `layoutOf` */
abstract class TypedColumn<A extends ColumnValues> extends FixedColumn {
  readonly #layout: FixedLayout;
  /** The values in the frame, from the first row on. */
  protected target: A;

  constructor(field: Field, layout: FixedLayout, site: RowSite) {
    super(field, site, layout.bytes * 8);
    this.#layout = layout;
    this.target = this.#on(new ArrayBuffer(0), 0, 0);
  }

  #on(buffer: ArrayBufferLike, byteOffset: number, rows: number): A {
    const { array, perRow } = this.#layout;
    // The class that the subclass names is that of its layout.
    return new array(buffer, byteOffset, rows * perRow) as A;
  }

  override reserved(views: FrameViews, rows: number, filled: number): void {
    super.reserved(views, rows, filled);
    this.target = this.#on(views.bytes.buffer, this.values.byteOffset, rows);
  }

  /** Writes a null, or throws: for any value that is not one of the column's. */
  protected blankOr(value: unknown, row: number, expected: string): void {
    this.ensureNull(value, expected);
    this.blank(row);
  }

  protected view({ buffer, byteOffset }: Placed, rows: number): A {
    this.target = this.#on(new ArrayBuffer(0), 0, 0);
    return this.#on(buffer, byteOffset, rows);
  }
}

/** A type whose layout is fixed. */
function fixedLayout(type: DataType): FixedLayout {
  return layoutOf(type) as FixedLayout;
}

const ranges = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
} as const;

type Integers = Int8Array | Int16Array | Uint8Array | Uint16Array | Uint32Array;

export class SmallIntegerColumn extends TypedColumn<Integers> implements ColumnBuilder {
  readonly #least: number;
  readonly #most: number;

  constructor(field: Field, kind: keyof typeof ranges, site: RowSite) {
    super(field, fixedLayout({ kind }), site);
    [this.#least, this.#most] = ranges[kind];
  }

  write(value: unknown, row: number): void {
    if (
      typeof value === 'number' &&
      value >= this.#least &&
      value <= this.#most &&
      Math.floor(value) === value
    ) {
      this.target[row] = value;
    } else {
      this.blankOr(value, row, `a whole number from ${this.#least} to ${this.#most}`);
    }
  }
}

export class FloatColumn extends TypedColumn<Float32Array | Uint16Array> implements ColumnBuilder {
  readonly #isHalf: boolean;
  readonly #rounds: boolean;
  readonly #expected: string;

  constructor(field: Field, type: KindOf<'float16' | 'float32'>, site: RowSite) {
    super(field, fixedLayout(type), site);
    const { kind, round = false } = type;
    this.#isHalf = kind === 'float16';
    this.#rounds = round;
    this.#expected = round
      ? `a number within the range of ${kind}`
      : `a number that ${kind} holds exactly (or declare ${kind}({ round: true }))`;
  }

  write(value: unknown, row: number): void {
    if (typeof value === 'number') {
      const bits = this.#isHalf ? halfBits(value) : 0;
      const stored = this.#isHalf ? numberOfHalf(bits) : Math.fround(value);
      const isFit = Object.is(stored, value) || (this.#rounds && Number.isFinite(stored));
      if (isFit) {
        this.target[row] = this.#isHalf ? bits : value;
        return;
      }
    }
    this.blankOr(value, row, this.#expected);
  }
}

export class DecimalColumn extends TypedColumn<Uint32Array> implements ColumnBuilder {
  readonly #type: KindOf<'decimal'>;
  readonly #words: number;
  readonly #expected: string;

  constructor(field: Field, type: KindOf<'decimal'>, site: RowSite) {
    super(field, fixedLayout(type), site);
    const { bits, precision, scale, js } = type;
    this.#type = type;
    this.#words = bits / 32;
    this.#expected =
      js === 'bigint'
        ? `a bigint of at most ${precision} digits, which counts in the last of ${scale} decimal places`
        : `a decimal text of at most ${precision} digits, ${scale} of them after the point`;
  }

  write(value: unknown, row: number): void {
    const { scale, js, precision } = this.#type;
    const units =
      js === 'bigint'
        ? value
        : typeof value === 'string'
          ? (parseDecimal(value, scale) ?? value)
          : // What is no text is no decimal here, a bigint of unknown unit least of all.
            String(typeof value);
    if (typeof units === 'bigint' && hasDigits(units, precision)) {
      writeWords(this.target, row * this.#words, this.#words, units);
    } else {
      this.blankOr(value, row, this.#expected);
    }
  }
}

const daySeconds = 86_400;
const perSecond: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };

export class TimeColumn extends TypedColumn<Int32Array | BigInt64Array> implements ColumnBuilder {
  readonly #unit: TimeUnit;
  readonly #day: number;
  readonly #isWide: boolean;

  constructor(field: Field, type: KindOf<'time'>, site: RowSite) {
    const layout = fixedLayout(type);
    super(field, layout, site);
    this.#unit = type.unit;
    this.#day = daySeconds * perSecond[type.unit];
    this.#isWide = layout.bytes === 8;
  }

  write(value: unknown, row: number): void {
    if (typeof value === 'number' && value >= 0 && value < this.#day && Math.floor(value) === value) {
      this.target[row] = this.#isWide ? BigInt(value) : value;
    } else {
      this.blankOr(value, row, `a whole number of ${this.#unit} since midnight, from 0 to ${this.#day - 1}`);
    }
  }
}

export class FixedBinaryColumn extends TypedColumn<Uint8Array> implements ColumnBuilder {
  readonly #width: number;

  constructor(field: Field, type: KindOf<'fixed_binary'>, site: RowSite) {
    super(field, fixedLayout(type), site);
    this.#width = type.width;
  }

  write(value: unknown, row: number): void {
    if (value instanceof Uint8Array && value.length === this.#width) {
      this.target.set(value, row * this.#width);
    } else {
      this.blankOr(value, row, `a Uint8Array of ${this.#width} bytes`);
    }
  }
}

/** Takes nothing but nulls. */
export class NullColumn extends FixedColumn implements ColumnBuilder {
  constructor(field: Field, site: RowSite) {
    super(field, site, 0);
  }

  write(value: unknown, row: number): void {
    this.nullOr(value, row, 'null (the column is declared nullType())');
  }

  protected view(): Uint8Array {
    return new Uint8Array(0);
  }
}
