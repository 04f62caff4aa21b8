// Owns the types of what is computed with columns: Spark's rules, as far as types of JavaScript tell them apart. Types alone.
// A `number` is one of Spark's ints or doubles, which only its values tell; a `bigint` is a bigint, a `string` a decimal.

/** A column, by the type of its values. Not the class itself, whose methods have the types below. */
interface Typed<T> {
  readonly type: T;
}

/** What Spark makes of a number that is written as a literal; `number` where only its type is known. */
type KindOfNumber<N extends number> = number extends N
  ? 'number'
  : `${N}` extends `${bigint}`
    ? KindOfDigits<DigitsOf<`${N}`>>
    : 'double';

/** 32 bits hold every number of nine digits, and some of ten. Beyond 2^53, which has sixteen, numbers are doubles. */
type KindOfDigits<Count extends number> = Count extends 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9
  ? 'int'
  : Count extends 10
    ? 'int' | 'long'
    : Count extends 11 | 12 | 13 | 14 | 15
      ? 'long'
      : Count extends 16
        ? 'long' | 'double'
        : 'double';

type DigitsOf<S extends string, Counted extends readonly unknown[] = []> = S extends `-${infer Rest}`
  ? DigitsOf<Rest>
  : S extends `${infer _}${infer Rest}`
    ? DigitsOf<Rest, readonly [...Counted, 1]>
    : Counted['length'];

/** The type of values of a literal number: of one that only takes 64 bits, `bigint`. */
type NumberOf<N extends number> = {
  int: number;
  double: number;
  number: number;
  long: bigint;
}[KindOfNumber<N>];

/** The type of all values of a kind, since what is computed with 3 need not be 3. */
export type KindOf<T> = T extends string
  ? string
  : T extends number
    ? NumberOf<T>
    : T extends bigint
      ? bigint
      : T extends boolean
        ? boolean
        : T;

/** Of each type of a column, by its values that are not null. */
type KindOfColumn<T> = unknown extends T
  ? 'unknown'
  : T extends bigint
    ? 'long'
    : T extends number
      ? 'number'
      : T extends string
        ? 'decimal'
        : T extends Date
          ? 'date'
          : T extends null
            ? never
            : 'unknown';

/** A text that is no column is one of Spark's texts, and no decimal. */
type KindOfOperand<U> =
  U extends Typed<infer T>
    ? KindOfColumn<T>
    : U extends bigint
      ? 'long'
      : U extends number
        ? KindOfNumber<U>
        : U extends Date
          ? 'date'
          : U extends null
            ? never
            : U extends string
              ? 'text'
              : 'unknown';

type NullOf<T, U> = Extract<T, null> | (U extends Typed<infer V> ? Extract<V, null> : Extract<U, null>);

/** By the kind of the left side and of the right. What is not here is for the caller to say: `cast`. */
interface Sums {
  number: { number: number; int: number; double: number; long: number | bigint; decimal: number | string };
  long: { number: number | bigint; int: bigint; double: number; long: bigint; decimal: string };
  decimal: { number: number | string; int: string; double: number; long: string; decimal: string };
  /** Days. */
  date: { int: Date; number: Date };
}
interface Quotients {
  number: { number: number; int: number; double: number; long: number; decimal: number | string };
  long: { number: number; int: number; double: number; long: number; decimal: string };
  decimal: { number: number | string; int: string; double: number; long: string; decimal: string };
}
interface Bits {
  number: { number: number; int: number; long: bigint };
  long: { number: bigint; int: bigint; long: bigint };
}

/** Each kind of the left side with each of the right. */
type Looked<Table, A, B> = A extends keyof Table
  ? B extends keyof Table[A]
    ? Table[A][B]
    : unknown
  : unknown;

/** A sum, a difference, a product, a remainder: of the wider type of both sides. */
export type SumOf<T, U> = Looked<Sums, KindOfColumn<T>, KindOfOperand<U>> | NullOf<T, U>;
/** A quotient: a double, of decimals a decimal. */
export type QuotientOf<T, U> = Looked<Quotients, KindOfColumn<T>, KindOfOperand<U>> | NullOf<T, U>;
/** Bits of whole numbers: of as many as the wider side has. */
export type BitsOf<T, U> = Looked<Bits, KindOfColumn<T>, KindOfOperand<U>> | NullOf<T, U>;
