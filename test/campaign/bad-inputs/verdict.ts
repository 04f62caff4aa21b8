// Owns what is right and wrong about the end of a bad input: errors that name what they are about, rows that are those given.
import { type Field, isTailraceError, type Schema, type TailraceError } from '@tailrace/core';
import type { Counts } from '../figure.js';
import { canon } from './canon.js';

type Wrong = Exclude<keyof Counts, 'tried'>;

/** What the campaign found wrong, with its column of the table. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    readonly what: Wrong,
    message: string,
  ) {
    super(message);
  }
}

/** Thrown by getters, proxies and iterables of inputs: whatever else is thrown comes from the product. */
export class Planted extends Error {
  override readonly name = 'Planted';
  constructor() {
    super('planted in the input');
  }
}

/** How the engine and the platform speak of mistakes in a program: no user can do anything with it. */
const engineWords =
  /Cannot (read|set|delete|redefine) propert|is not a function|is not a constructor|Cannot convert|Cannot destructure|Cannot mix BigInt|Cannot perform|Cannot use 'in'|Cannot assign to|Cannot add property|Cannot create proxy|not extensible|Invalid (typed |array |string |DataView )?(array )?length|Invalid time value|Maximum call stack|is not defined|of undefined|undefined is not|object is not iterable|non-object|called on incompatible|is not a Date object|The "\w+" (argument|property) must be|unreachable|out of bounds|must be 'object|structured clone|could not be cloned\.$|Right-hand side|revoked/;

const isFilled = (text: unknown, least: number): boolean => typeof text === 'string' && text.length >= least;

/** A text as messages may show it: as it is, or as JSON has it; long ones cut. */
const formsOf = (name: string): readonly string[] => [
  name.slice(0, 30),
  JSON.stringify(name)
    .slice(1, 30)
    .replace(/\\*"?$/, ''),
];

function judgeOne(error: unknown, names: readonly string[]): TailraceError {
  const shown = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (!isTailraceError(error)) throw new Problem('altered', `an error outside the family: ${stackOf(error)}`);
  const { message, operation, context } = error;
  if (!isFilled(operation, 3) || typeof context !== 'object' || context === null) {
    throw new Problem('altered', `an error without operation or context: ${shown}`);
  }
  // What user code threw, or a decoder, may stand in brackets behind what it is about.
  if (
    !isFilled(message, 20) ||
    engineWords.test(message.replace(/(could not be read|cannot be decoded) \(.*?\)\./, ''))
  ) {
    throw new Problem('altered', `an error that names nothing: ${shown.slice(0, 500)} ${causeOf(error)}`);
  }
  if (names.length > 0 && !names.some((name) => formsOf(name).some((form) => message.includes(form)))) {
    throw new Problem('altered', `an error that names none of ${names.join(', ')}: ${shown.slice(0, 500)}`);
  }
  return error;
}

const stackOf = (error: unknown): string =>
  (error instanceof Error ? (error.stack ?? error.message) : String(error)).slice(0, 600);
const causeOf = (error: TailraceError): string =>
  error.cause === undefined ? '' : `(cause: ${stackOf(error.cause)})`;

/**
 * Throws a Problem unless the error, or every one that an AggregateError gathers, is of the family and names something.
 * @param names one of them must be in each message; none: any message
 */
export function judgeRefusal(error: unknown, names: readonly string[] = []): readonly TailraceError[] {
  if (error instanceof Problem) throw error;
  if (!(error instanceof AggregateError)) return [judgeOne(error, names)];
  if (error.errors.length === 0) throw new Problem('altered', 'an AggregateError that gathers nothing');
  return error.errors.map((one) => judgeOne(one, names));
}

/** A row in which every column is a text, or null. */
export type CanonRow = ReadonlyMap<string, string | null>;

/** Throws a Problem unless what was read is what was given: as many rows, in order, each column as its type has it. */
export function judgeRows(given: readonly unknown[], schema: Schema, read: readonly CanonRow[]): void {
  if (read.length < given.length)
    throw new Problem('lost', `${read.length} of ${given.length} rows were read`);
  if (read.length > given.length)
    throw new Problem('duplicated', `${read.length} rows were read of ${given.length}`);
  for (const [at, item] of given.entries()) {
    if (typeof item !== 'object' || item === null) {
      throw new Problem('altered', `row ${at} was ${typeof item} and was accepted`);
    }
    judgeRow(at, item, schema.fields, read[at] ?? new Map());
  }
}

/** What `for in` sees, or is its own: `toString` of a row that has none is no value. */
function propertyOf(item: object, name: string): unknown {
  const seen: string[] = [];
  for (const key in item) seen.push(key);
  // Every object can be read by name.
  return Object.hasOwn(item, name) || seen.includes(name)
    ? (item as Record<string, unknown>)[name]
    : undefined;
}

function judgeRow(at: number, item: object, fields: readonly Field[], read: CanonRow): void {
  const known = new Set(fields.map(({ name }) => name));
  for (const name in item) {
    if (!known.has(name))
      throw new Problem('lost', `row ${at}: the property ${JSON.stringify(name)} is gone`);
  }
  for (const field of fields) {
    const value = propertyOf(item, field.name);
    const wanted = canon(field.type, value);
    const found = read.get(field.name);
    if (wanted === found) continue;
    const came = wanted === undefined ? `a ${typeof value} that does not fit` : JSON.stringify(wanted);
    throw new Problem(
      'altered',
      `row ${at}, column ${JSON.stringify(field.name)} (${field.type.kind}): gave ${came?.slice(0, 80)}, read ${JSON.stringify(found)?.slice(0, 80)}`,
    );
  }
}
