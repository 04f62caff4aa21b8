// Owns predicates: conditions on columns as plain data, and what it means that a row meets one. It reads no files.
import { PlanError, shownOption, ValueError } from '@tailrace/core';

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** A condition on one column of rows of type `R`. */
export type Comparison<R> = {
  readonly [C in keyof R & string]:
    | { readonly column: C; readonly op: ComparisonOperator; readonly value: NonNullable<R[C]> }
    | { readonly column: C; readonly op: 'in'; readonly value: readonly NonNullable<R[C]>[] }
    | { readonly column: C; readonly op: 'isNull' }
    | { readonly column: C; readonly op: 'isNotNull' };
}[keyof R & string];

/**
 * A condition on rows, as SQL has it: null meets no comparison, `!=` neither. Text is ordered by code points. NaN is unequal
 * to everything, and neither less nor greater.
 * @example { and: [{ column: 'year', op: '>=', value: 2001 }, { column: 'origin', op: 'in', value: ['SFO', 'OAK'] }] }
 */
export type Predicate<R> =
  | Comparison<R>
  | { readonly and: readonly Predicate<R>[] }
  | { readonly or: readonly Predicate<R>[] };

/** A predicate once its types have been checked where it was written. */
export type AnyPredicate = Predicate<Readonly<Record<string, unknown>>>;

/** Values in the one form in which they are compared: times as milliseconds, false and true as 0 and 1. */
export type Comparable = number | bigint | string;

const operators: ReadonlySet<unknown> = new Set([
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'isNull',
  'isNotNull',
]);

/** The columns that a predicate is about. Throws a PlanError for what is no predicate. */
export function columnsOf(predicate: AnyPredicate): ReadonlySet<string> {
  const columns = new Set<string>();
  const visit = (one: AnyPredicate, depth: number): void => {
    // From JavaScript anything can come.
    const given: unknown = one;
    if (typeof given !== 'object' || given === null || depth > 64) throw refused(given);
    if ('and' in one || 'or' in one) {
      const members: unknown = 'and' in one ? one.and : one.or;
      if (!Array.isArray(members)) throw refused(given);
      for (const member of members) visit(member as AnyPredicate, depth + 1);
      return;
    }
    if (typeof one.column !== 'string' || !operators.has(one.op)) throw refused(given);
    if (one.op === 'in' && !Array.isArray(one.value)) throw refused(given);
    if ('value' in one)
      for (const value of one.op === 'in' ? one.value : [one.value]) comparable(value, one.column);
    columns.add(one.column);
  };
  visit(predicate, 0);
  return columns;
}

/** A function that says whether a row meets the predicate. */
export function rowTest(predicate: AnyPredicate): (row: Readonly<Record<string, unknown>>) => boolean {
  if ('and' in predicate) {
    const tests = predicate.and.map(rowTest);
    return (row) => tests.every((test) => test(row));
  }
  if ('or' in predicate) {
    const tests = predicate.or.map(rowTest);
    return (row) => tests.some((test) => test(row));
  }
  const { column } = predicate;
  if (predicate.op === 'isNull') return (row) => (row[column] ?? null) === null;
  if (predicate.op === 'isNotNull') return (row) => (row[column] ?? null) !== null;
  const meets = valueTest(predicate, column);
  return (row) => {
    const value = row[column];
    return value !== null && value !== undefined && meets(comparable(value, column));
  };
}

function valueTest(
  predicate: Extract<Comparison<Readonly<Record<string, unknown>>>, { readonly value: unknown }>,
  column: string,
): (value: Comparable) => boolean {
  if (predicate.op === 'in') {
    const wanted = predicate.value.map((value) => comparable(value, column));
    return (value) => wanted.some((one) => compare(value, one, column) === 0);
  }
  const { op } = predicate;
  const wanted = comparable(predicate.value, column);
  return (value) => holds(op, compare(value, wanted, column));
}

/** Whether a comparison with this outcome (negative, 0, positive, or NaN) meets the operator. */
export function holds(op: ComparisonOperator, order: number): boolean {
  switch (op) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** Throws a PlanError for values that have no order, such as bytes, lists and objects. */
export function comparable(value: unknown, column: string): Comparable {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime();
  throw new PlanError(
    `A predicate cannot compare ${shownOption(value)} in column "${column}": numbers, bigints, text, booleans and dates are compared.`,
    { operation: 'filter dataset', context: { column } },
  );
}

/** Negative, 0 or positive; NaN when there is no order. Throws VALUE_INVALID for text and numbers. */
export function compare(a: Comparable, b: Comparable, column: string): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'string' || typeof b === 'string') {
    throw new ValueError(
      `A predicate compares column "${column}", which holds ${typeof a === 'string' ? 'text' : `a ${typeof a}`}, with ` +
        `${typeof b === 'string' ? 'text' : `a ${typeof b}`}. Declare the column's type with schema, or compare with a value of it.`,
      { operation: 'filter dataset', context: { column } },
    );
  }
  // Numbers and bigints are compared exactly, whatever their size.
  if (a < b) return -1;
  return a > b ? 1 : Number.isNaN(Number(a)) || Number.isNaN(Number(b)) ? Number.NaN : 0;
}

/** By code points, as UTF-8 bytes are ordered; UTF-16 puts surrogates before U+E000 to U+FFFF. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (one === other) continue;
    if (isSurrogate(one) !== isSurrogate(other) && one >= 0xd800 && other >= 0xd800)
      return isSurrogate(one) ? 1 : -1;
    return one - other;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

function refused(given: unknown): PlanError {
  return new PlanError(
    `A predicate is { column, op, value }, { and: [...] } or { or: [...] }, with the operators ${[...operators].join(', ')}, ` +
      `not ${shownOption(given)}.`,
    { operation: 'filter dataset' },
  );
}
