// Owns the column: an expression of a plan, with the operators and methods that Spark's own columns have. Immutable; building one
// asks no server.
import { PlanError, shownOption } from '@tailrace/core';
import {
  type Expression,
  evalModes,
  nullOrderings,
  type SortOrder,
  sortDirections,
  type WindowExpression,
} from '../protocol/expression.js';
import type { BitsOf, KindOf, QuotientOf, SumOf } from './arithmetic.js';
import { type LiteralValue, literal } from './literal.js';

/** A column, or a value that stands in every row. */
export type Operand<T = unknown> = Column<T> | LiteralValue;

/** A column, or the name of one. */
export type ColumnOrName = Column | string;

/** What a window is made of; `window` builds one. */
export type WindowParts = Pick<WindowExpression, 'partitionSpec' | 'orderSpec'> & {
  readonly frameSpec: WindowExpression['frameSpec'] | undefined;
};

/** What a comparison gives is null where one of its sides is. */
type Comparison = Column<boolean | null>;

/**
 * A column of type `T`, as rows of JavaScript have it. Where a method takes a value, a text is a value; functions that take a
 * column take a text as the name of one.
 */
export class Column<out T = unknown> {
  /** Holds the type alone; never set. */
  declare readonly type: T;
  readonly expression: Expression;

  constructor(expression: Expression) {
    this.expression = expression;
  }

  /** Whether both sides are equal; null where one is null, as of every comparison. */
  eq(other: Operand): Comparison {
    return this.#with('==', other);
  }
  /** Whether they differ. */
  ne(other: Operand): Comparison {
    return this.eq(other).not();
  }
  /** Like `eq`, and true where both are null. */
  eqNullSafe(other: Operand): Column<boolean> {
    return this.#with('<=>', other);
  }
  /** Whether it is greater. */
  gt(other: Operand): Comparison {
    return this.#with('>', other);
  }
  /** Whether it is greater or equal. */
  ge(other: Operand): Comparison {
    return this.#with('>=', other);
  }
  /** Whether it is smaller. */
  lt(other: Operand): Comparison {
    return this.#with('<', other);
  }
  /** Whether it is smaller or equal. */
  le(other: Operand): Comparison {
    return this.#with('<=', other);
  }
  /** Both ends included. */
  between(low: Operand, high: Operand): Comparison {
    return this.ge(low).and(this.le(high));
  }
  /** Whether it is one of these. */
  isin(...values: Operand[]): Comparison {
    return call('in', this, ...values);
  }

  /** Whether both are true; false where one is false, else null where one is null. */
  and(other: Operand): Comparison {
    return this.#with('and', other);
  }
  /** Whether one is true; true where one is true, else null where one is null. */
  or(other: Operand): Comparison {
    return this.#with('or', other);
  }
  /** The contrary. */
  not(): Comparison {
    return call('not', this);
  }

  // What is computed has the wider type of both sides, after Spark's own rules: see arithmetic.ts.

  /**
   * Of an int and a bigint a bigint, of either with a double a double, with a decimal a decimal. Of a date: so many days later.
   */
  plus<U extends Operand>(other: U): Column<SumOf<T, U>> {
    return this.#with('+', other);
  }
  /** As of `plus`. The difference of two dates or times is an interval. */
  minus<U extends Operand>(other: U): Column<SumOf<T, U>> {
    return this.#with('-', other);
  }
  /** As of `plus`. */
  times<U extends Operand>(other: U): Column<SumOf<T, U>> {
    return this.#with('*', other);
  }
  /** Of numbers the quotient as a double; of decimals as a decimal. By 0 it fails the job under ANSI, else is null. */
  dividedBy<U extends Operand>(other: U): Column<QuotientOf<T, U>> {
    return this.#with('/', other);
  }
  /** The remainder, with the sign of the left side. As of `plus`. */
  mod<U extends Operand>(other: U): Column<SumOf<T, U>> {
    return this.#with('%', other);
  }
  /** With the other sign. */
  negated(): Column<T> {
    return call('negative', this);
  }
  /** Of whole numbers, as all of bits; with a bigint on either side a bigint. */
  bitwiseAnd<U extends Operand>(other: U): Column<BitsOf<T, U>> {
    return this.#with('&', other);
  }
  bitwiseOr<U extends Operand>(other: U): Column<BitsOf<T, U>> {
    return this.#with('|', other);
  }
  bitwiseXor<U extends Operand>(other: U): Column<BitsOf<T, U>> {
    return this.#with('^', other);
  }

  /** SQL's LIKE: `%` stands for any text, `_` for one character. */
  like(pattern: Operand): Comparison {
    return this.#with('like', pattern);
  }
  /** As `like`, whatever the case of letters. */
  ilike(pattern: Operand): Comparison {
    return this.#with('ilike', pattern);
  }
  /** A regular expression of Java that must be found somewhere. */
  rlike(pattern: Operand): Comparison {
    return this.#with('rlike', pattern);
  }
  /** Whether a text is within it. */
  contains(text: Operand): Comparison {
    return this.#with('contains', text);
  }
  /** Whether it begins with a text. */
  startsWith(text: Operand): Comparison {
    return this.#with('startsWith', text);
  }
  /** Whether it ends with a text. */
  endsWith(text: Operand): Comparison {
    return this.#with('endsWith', text);
  }
  /** @param from counted from 1 */
  substr(from: Operand, length: Operand): Column<string | null> {
    return call('substr', this, from, length);
  }

  /** Whether it is null. */
  isNull(): Column<boolean> {
    return call('isNull', this);
  }
  /** Whether it is not null. */
  isNotNull(): Column<boolean> {
    return call('isNotNull', this);
  }
  /** Whether it is NaN; false for null. */
  isNaN(): Column<boolean> {
    return call('isNaN', this);
  }

  /** @param type as SQL writes it: `decimal(10,2)`, `array<int>`. What cannot be cast fails the job under ANSI, else is null. */
  cast<U = unknown>(type: string): Column<U> {
    return this.#cast(type);
  }
  /** Like `cast`, and null where the value cannot be cast. */
  tryCast<U = unknown>(type: string): Column<U | null> {
    return this.#cast(type, evalModes.try);
  }

  /** The column under another name. */
  as(name: string): Column<T> {
    return of({ case: 'alias', value: { expr: this.expression, name: [name] } });
  }

  /** An item of an array (from 0), a value of a map, or a field of a struct. */
  getItem<U = unknown>(key: Operand): Column<U> {
    const extraction = operand(key);
    return of({ case: 'unresolvedExtractValue', value: { child: this.expression, extraction } });
  }
  /** A field of a struct. `U` is the caller's word. */
  getField<U = unknown>(name: string): Column<U> {
    return this.getItem(name);
  }
  /** A struct with a field added or replaced. */
  withField(name: string, value: Operand): Column {
    const valueExpression = operand(value);
    return of({
      case: 'updateFields',
      value: { structExpression: this.expression, fieldName: name, valueExpression },
    });
  }
  /** A struct without some of its fields. */
  dropFields(...names: string[]): Column {
    return names.reduce<Column>(
      ({ expression }, fieldName) =>
        of({ case: 'updateFields', value: { structExpression: expression, fieldName } }),
      this,
    );
  }

  /** Smallest first; nulls before them. */
  asc(): Column<T> {
    return this.#sorted(sortDirections.ascending, nullOrderings.first);
  }
  /** Smallest first; nulls behind them. */
  ascNullsLast(): Column<T> {
    return this.#sorted(sortDirections.ascending, nullOrderings.last);
  }
  /** Greatest first; nulls behind them. */
  desc(): Column<T> {
    return this.#sorted(sortDirections.descending, nullOrderings.last);
  }
  /** Greatest first; nulls before them. */
  descNullsFirst(): Column<T> {
    return this.#sorted(sortDirections.descending, nullOrderings.first);
  }

  /** A function over the rows of a window around each row. */
  over(window: WindowParts): Column<T> {
    const { partitionSpec, orderSpec, frameSpec } = window;
    return of({
      case: 'window',
      value: {
        windowFunction: this.expression,
        partitionSpec,
        orderSpec,
        ...(frameSpec === undefined ? {} : { frameSpec }),
      },
    });
  }

  // What an operator gives depends on both sides; the methods above name it.
  #with<U>(operator: string, other: Operand): Column<U> {
    return call(operator, this, other);
  }

  #cast<U>(typeStr: string, evalMode?: number): Column<U> {
    return of({
      case: 'cast',
      value: {
        expr: this.expression,
        castToType: { case: 'typeStr', value: typeStr },
        ...(evalMode === undefined ? {} : { evalMode }),
      },
    });
  }

  #sorted(direction: number, nullOrdering: number): Column<T> {
    return of({ case: 'sortOrder', value: { child: this.expression, direction, nullOrdering } });
  }
}

/** A column of an expression whose type the caller knows. */
export function of<T>(exprType: Expression['exprType']): Column<T> {
  return new Column({ exprType });
}

/**
 * A column by its name; dots lead into structs, backticks quote. `*` is every column.
 * @example col('price').times(1.2), col('address.city'), col('`a.b`')
 */
export function col<T = unknown>(name: string): Column<T> {
  if (typeof name !== 'string' || name === '')
    throw new PlanError(`col needs the name of a column, not ${shownOption(name)}; '*' is all of them.`, {
      operation: 'build plan',
    });
  if (name === '*') return of({ case: 'unresolvedStar', value: {} });
  if (name.endsWith('.*')) return of({ case: 'unresolvedStar', value: { unparsedTarget: name } });
  return of({ case: 'unresolvedAttribute', value: { unparsedIdentifier: name } });
}

/** A value that stands in every row; `literalOf` says as what. */
export function lit<T extends LiteralValue>(value: T): Column<KindOf<T>> {
  return new Column(literal(value));
}

/** A call of a function that Spark has by name. A text here is a value. */
export function call<T>(functionName: string, ...args: Operand[]): Column<T> {
  return of({ case: 'unresolvedFunction', value: { functionName, arguments: args.map(operand) } });
}

export function operand(value: Operand): Expression {
  return value instanceof Column ? value.expression : literal(value);
}

export function named(column: ColumnOrName): Column {
  return typeof column === 'string' ? col(column) : column;
}

/** What to sort by: ascending with nulls first, unless the column says otherwise. */
export function sortOrderOf(column: ColumnOrName): SortOrder {
  const { expression } = named(column);
  if (expression.exprType.case === 'sortOrder') return expression.exprType.value;
  return { child: expression, direction: sortDirections.ascending, nullOrdering: nullOrderings.first };
}
