// Owns Spark's functions of numbers.
import { type Column, type ColumnOrName, call, named } from '../column/column.js';
import {
  type ColumnOf,
  type Like1,
  like1,
  type Of1,
  type Of2,
  type OfMany,
  of1,
  of2,
  ofMany,
  type WholeOf,
} from './shapes.js';

/** The size of a number, without its sign. */
export const abs: Like1 = like1('abs');
/** The square root. */
export const sqrt: Of1<number | null> = of1('sqrt');
/** The cube root. */
export const cbrt: Of1<number | null> = of1('cbrt');
/** e to the power of a number. */
export const exp: Of1<number | null> = of1('exp');
/** e to the power of a number, less 1, exact near 0. */
export const expm1: Of1<number | null> = of1('expm1');
/** The natural logarithm; null of what is not above 0. */
export const ln: Of1<number | null> = of1('ln');
/** The logarithm to base 2. */
export const log2: Of1<number | null> = of1('log2');
/** The logarithm to base 10. */
export const log10: Of1<number | null> = of1('log10');
/** The natural logarithm of a number and 1, exact near 0. */
export const log1p: Of1<number | null> = of1('log1p');
/** The sine of an angle in radians. */
export const sin: Of1<number | null> = of1('sin');
/** The cosine of an angle in radians. */
export const cos: Of1<number | null> = of1('cos');
/** The tangent of an angle in radians. */
export const tan: Of1<number | null> = of1('tan');
/** The angle of a sine, in radians. */
export const asin: Of1<number | null> = of1('asin');
/** The angle of a cosine, in radians. */
export const acos: Of1<number | null> = of1('acos');
/** The angle of a tangent, in radians. */
export const atan: Of1<number | null> = of1('atan');
/** The hyperbolic sine. */
export const sinh: Of1<number | null> = of1('sinh');
/** The hyperbolic cosine. */
export const cosh: Of1<number | null> = of1('cosh');
/** The hyperbolic tangent. */
export const tanh: Of1<number | null> = of1('tanh');
/** Radians as degrees. */
export const degrees: Of1<number | null> = of1('degrees');
/** Degrees as radians. */
export const radians: Of1<number | null> = of1('radians');
/** -1, 0 or 1: the sign of a number. */
export const signum: Of1<number | null> = of1('signum');
/** The nearest whole number as a double, halves to the even one. */
export const rint: Of1<number | null> = of1('rint');
/** The factorial of 0 to 20; else null. */
export const factorial: Of1<bigint | null> = of1('factorial');
/** A whole number, text or bytes in hexadecimal digits. */
export const hex: Of1<string | null> = of1('hex');
/** The bytes of hexadecimal digits; null where they are none. */
export const unhex: Of1<Uint8Array | null> = of1('unhex');
/** A whole number in binary digits. */
export const bin: Of1<string | null> = of1('bin');
/** Every bit turned. */
export const bitwiseNot: Like1 = like1('~');
/** Whether a number is NaN; false for null. */
export const isnan: Of1<boolean> = of1('isNaN');

/** The angle of a point, given y and x. */
export const atan2: Of2<number | null> = of2('atan2');
/** The length of a hypotenuse. */
export const hypot: Of2<number | null> = of2('hypot');
/** The first to the power of the second. */
export const pow: Of2<number | null> = of2('power');
/** The first, or the second where that is NaN. */
export const nanvl: Of2<number | null> = of2('nanvl');
/** The greatest of the columns, without nulls. */
export const greatest: OfMany<unknown> = ofMany('greatest');
/** The smallest of the columns, without nulls. */
export const least: OfMany<unknown> = ofMany('least');

/** The next whole number that is not below; of decimals a decimal. */
export const ceil = <T = unknown>(column: ColumnOf<T>): Column<WholeOf<T> | null> =>
  call('ceil', named(column));
/** The next whole number that is not above; of decimals a decimal. */
export const floor = <T = unknown>(column: ColumnOf<T>): Column<WholeOf<T> | null> =>
  call('floor', named(column));
/** The remainder of a division, never below 0 for a divisor above it; of the wider type of both, which the caller says. */
export const pmod = <T = unknown>(left: ColumnOrName, right: ColumnOrName): Column<T | null> =>
  call('pmod', named(left), named(right));
/** Rounded to so many digits behind the point, halves away from 0. */
export const round = <T = unknown>(column: ColumnOf<T>, digits = 0): Column<T | null> =>
  call('round', named(column), digits);
/** Rounded to so many digits behind the point, halves to the even digit. */
export const bround = <T = unknown>(column: ColumnOf<T>, digits = 0): Column<T | null> =>
  call('bround', named(column), digits);
/** Bits moved to higher places. */
export const shiftLeft = <T = unknown>(column: ColumnOf<T>, bits: number): Column<T | null> =>
  call('shiftleft', named(column), bits);
/** Bits moved to lower places, the sign kept. */
export const shiftRight = <T = unknown>(column: ColumnOf<T>, bits: number): Column<T | null> =>
  call('shiftright', named(column), bits);
/** A number given in digits of one base, in those of another. */
export const conv = (column: ColumnOrName, fromBase: number, toBase: number): Column<string | null> =>
  call('conv', named(column), fromBase, toBase);
/** The logarithm to a base. */
export const log = (base: number, column: ColumnOrName): Column<number | null> =>
  call('log', base, named(column));
/** Numbers from 0 up to 1, other ones in every row; a plan with the same seed gives the same. */
export const rand = (seed: number): Column<number> => call('rand', seed);
/** Numbers of the standard normal distribution; a plan with the same seed gives the same. */
export const randn = (seed: number): Column<number> => call('randn', seed);
