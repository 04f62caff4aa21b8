// Owns the column: an expression of a plan, with the operators and methods that Spark's own columns have. Immutable; building one
// asks no server.
import { PlanError } from '@tailrace/core';
import {
  type Expression,
  evalModes,
  nullOrderings,
  type SortOrder,
  sortDirections,
  type WindowExpression,
} from '../protocol/expression.js';
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
 * A column of type `T`, as rows of JavaScript have it. Where a method takes a value, a text is a value; functions that take a column
 * take a text as the name of one.
 */
export class Column<out T = unknown> {
  /** Holds the type alone; never set. */
  declare readonly type: T;
  readonly expression: Expression;

  constructor(expression: Expression) {
    this.expression = expression;
  }

  eq(other: Operand): Comparison {
    return this.#with('==', other);
  }
  ne(other: Operand): Comparison {
    return this.eq(other).not();
  }
  /** Like `eq`, and true where both are null. */
  eqNullSafe(other: Operand): Column<boolean> {
    return this.#with('<=>', other);
  }
  gt(other: Operand): Comparison {
    return this.#with('>', other);
  }
  ge(other: Operand): Comparison {
    return this.#with('>=', other);
  }
  lt(other: Operand): Comparison {
    return this.#with('<', other);
  }
  le(other: Operand): Comparison {
    return this.#with('<=', other);
  }
  /** Both ends included. */
  between(low: Operand, high: Operand): Comparison {
    return this.ge(low).and(this.le(high));
  }
  isin(...values: Operand[]): Comparison {
    return call('in', this, ...values);
  }

  and(other: Operand): Comparison {
    return this.#with('and', other);
  }
  or(other: Operand): Comparison {
    return this.#with('or', other);
  }
  not(): Comparison {
    return call('not', this);
  }

  plus(other: Operand): Column<T> {
    return this.#with('+', other);
  }
  minus(other: Operand): Column<T> {
    return this.#with('-', other);
  }
  times(other: Operand): Column<T> {
    return this.#with('*', other);
  }
  /** Of numbers the quotient as a double; of decimals as a decimal. */
  dividedBy(other: Operand): Column<T extends bigint ? number : T> {
    return this.#with('/', other);
  }
  mod(other: Operand): Column<T> {
    return this.#with('%', other);
  }
  negated(): Column<T> {
    return call('negative', this);
  }
  bitwiseAnd(other: Operand): Column<T> {
    return this.#with('&', other);
  }
  bitwiseOr(other: Operand): Column<T> {
    return this.#with('|', other);
  }
  bitwiseXor(other: Operand): Column<T> {
    return this.#with('^', other);
  }

  /** SQL's LIKE: `%` stands for any text, `_` for one character. */
  like(pattern: Operand): Comparison {
    return this.#with('like', pattern);
  }
  ilike(pattern: Operand): Comparison {
    return this.#with('ilike', pattern);
  }
  /** A regular expression of Java that must be found somewhere. */
  rlike(pattern: Operand): Comparison {
    return this.#with('rlike', pattern);
  }
  contains(text: Operand): Comparison {
    return this.#with('contains', text);
  }
  startsWith(text: Operand): Comparison {
    return this.#with('startsWith', text);
  }
  endsWith(text: Operand): Comparison {
    return this.#with('endsWith', text);
  }
  /** @param from counted from 1 */
  substr(from: Operand, length: Operand): Column<string | null> {
    return call('substr', this, from, length);
  }

  isNull(): Column<boolean> {
    return call('isNull', this);
  }
  isNotNull(): Column<boolean> {
    return call('isNotNull', this);
  }
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
  ascNullsLast(): Column<T> {
    return this.#sorted(sortDirections.ascending, nullOrderings.last);
  }
  /** Greatest first; nulls behind them. */
  desc(): Column<T> {
    return this.#sorted(sortDirections.descending, nullOrderings.last);
  }
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
    throw new PlanError('col needs the name of a column.', { operation: 'build plan' });
  if (name === '*') return of({ case: 'unresolvedStar', value: {} });
  if (name.endsWith('.*')) return of({ case: 'unresolvedStar', value: { unparsedTarget: name } });
  return of({ case: 'unresolvedAttribute', value: { unparsedIdentifier: name } });
}

/** The type of all values of a kind, since what is computed with 3 need not be 3. */
type KindOf<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends bigint
      ? bigint
      : T extends boolean
        ? boolean
        : T;

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
