// Owns the constructors of the flat columns that are not the plainest: numbers of every size, decimals, times, bytes.
import { TailraceError } from '../errors/tailrace-error.js';
import type { DataType, TimeUnit } from './data-type.js';
import { type ColumnType, column } from './schema.js';

/** Whole numbers from -128 to 127. */
export const int8 = (): ColumnType<number> => column({ kind: 'int8' });
/** Whole numbers from -32,768 to 32,767. */
export const int16 = (): ColumnType<number> => column({ kind: 'int16' });
/** Whole numbers from 0 to 255. */
export const uint8 = (): ColumnType<number> => column({ kind: 'uint8' });
/** Whole numbers from 0 to 65,535. */
export const uint16 = (): ColumnType<number> => column({ kind: 'uint16' });
/** Whole numbers from 0 to 4,294,967,295. */
export const uint32 = (): ColumnType<number> => column({ kind: 'uint32' });

/** Unsigned 64-bit integer, as bigint in rows, or as number (safe integers only) with `{ js: 'number' }`. */
export function uint64(): ColumnType<bigint>;
export function uint64(options: { js: 'number' }): ColumnType<number>;
export function uint64(options: { js: 'bigint' }): ColumnType<bigint>;
export function uint64(options: { js: 'bigint' | 'number' } = { js: 'bigint' }): ColumnType<bigint | number> {
  return column({ kind: 'uint64', js: options.js });
}

/** What `float16` and `float32` may be told. */
export interface FloatOptions {
  /**
   * True: a number that is no float of this size becomes the nearest one; finite numbers beyond its range are refused
   * all the same. Default false: such numbers are refused, as nothing is rounded without being asked for.
   */
  readonly round?: boolean;
}

const rounding = ({ round = false }: FloatOptions): { readonly round?: true } =>
  round ? { round: true } : {};

/** Floating-point numbers of 32 bits. */
export const float32 = (options: FloatOptions = {}): ColumnType<number> =>
  column({ kind: 'float32', ...rounding(options) });
/** Floating-point numbers of 16 bits (IEEE 754 binary16). */
export const float16 = (options: FloatOptions = {}): ColumnType<number> =>
  column({ kind: 'float16', ...rounding(options) });

/** What `decimal` may be told beside its digits. */
export interface DecimalOptions<J extends 'string' | 'bigint'> {
  /** `string` (default): `'12.50'`, with all digits of the scale when read. `bigint`: units of the last digit, `1250n`. */
  readonly js?: J;
  /** 128 (up to 38 digits) or 256 (up to 76). Default: the smaller that holds the precision. */
  readonly bits?: 128 | 256;
}

/**
 * Exact decimal numbers; never a double. A value with more digits than declared is refused, not rounded.
 * @param precision digits in all, at most 76
 * @param scale digits after the point, at most `precision`
 * @throws TailraceError SCHEMA_INVALID for numbers out of range
 */
export function decimal<J extends 'string' | 'bigint' = 'string'>(
  precision: number,
  scale: number,
  options: DecimalOptions<J> = {},
): ColumnType<J extends 'bigint' ? bigint : string> {
  const { bits = precision <= 38 ? 128 : 256, js = 'string' } = options;
  const most = bits === 128 ? 38 : 76;
  ensure(
    Number.isInteger(precision) && precision >= 1 && precision <= most,
    `decimal: the precision is a whole number from 1 to ${most} (${bits} bits), not ${precision}.`,
  );
  ensure(
    Number.isInteger(scale) && scale >= 0 && scale <= precision,
    `decimal: the scale is a whole number from 0 to the precision (${precision}), not ${scale}.`,
  );
  return column({ kind: 'decimal', bits, precision, scale, js });
}

const units: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns'];

/** Time of day: in rows a number of `unit` since midnight, from 0 to less than a day. */
export function time(unit: TimeUnit = 'ms'): ColumnType<number> {
  ensure(units.includes(unit), `time: the unit is one of ${units.join(', ')}, not ${unit}.`);
  return column({ kind: 'time', unit });
}

/** A length of time in `unit`: bigint in rows, or number (safe integers only) with `{ js: 'number' }`. */
export function duration<J extends 'bigint' | 'number' = 'bigint'>(
  unit: TimeUnit = 'ms',
  options: { readonly js?: J } = {},
): ColumnType<J extends 'number' ? number : bigint> {
  ensure(units.includes(unit), `duration: the unit is one of ${units.join(', ')}, not ${unit}.`);
  return column({ kind: 'duration', unit, js: options.js ?? 'bigint' });
}

/** Text that files are told to hold with 64-bit offsets. A batch holds less than 2 GiB of it, as of any text. */
export const largeUtf8 = (): ColumnType<string> => column({ kind: 'utf8', large: true });
/** Bytes: Uint8Arrays in rows; those that are read are copies. */
export const binary = (): ColumnType<Uint8Array> => column({ kind: 'binary' });
/** Bytes that files are told to hold with 64-bit offsets. */
export const largeBinary = (): ColumnType<Uint8Array> => column({ kind: 'binary', large: true });

/**
 * Uint8Arrays of one length.
 * @param width in bytes, from 1 to 1,048,576
 */
export function fixedSizeBinary(width: number): ColumnType<Uint8Array> {
  ensure(
    Number.isInteger(width) && width >= 1 && width <= 1_048_576,
    `fixedSizeBinary: the width is a whole number of bytes from 1 to 1048576, not ${width}.`,
  );
  return column({ kind: 'fixed_binary', width });
}

/** A column of nothing but nulls. */
export function nullType(): ColumnType<null> {
  const type: DataType = { kind: 'null' };
  return { type, nullable: true };
}

/** Throws SCHEMA_INVALID with this message unless it holds. */
export function ensure(holds: boolean, message: string): void {
  if (!holds) throw new TailraceError(message, { code: 'SCHEMA_INVALID', operation: 'define schema' });
}
