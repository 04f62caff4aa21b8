// Owns the bad row as data: what is told of a row that did not become part of the columns, and which errors speak of one.
import { defineSchema, int64, nullable, type Schema, utf8 } from '../batch/schema.js';
import { ValueError } from '../errors/named-errors.js';
import { isTailraceError, type TailraceError } from '../errors/tailrace-error.js';

/** A row that was refused, as a dead letter output holds it. */
export interface BadRow {
  /** 0-based number of the item in what its stage emitted, bad ones counted. */
  readonly row: number;
  /** The column, or the path within it, such as `tags[2].name`; null when the item as a whole was refused. */
  readonly column: string | null;
  /** The value as text, of at most 200 characters; null where there is none, or the item was refused as a whole. */
  readonly value: string | null;
  /** What was wrong, and what to do. */
  readonly reason: string;
  /** `VALUE_INVALID` or `SCHEMA_INVALID`. */
  readonly code: string;
}

export const badRowSchema: Schema<BadRow> = defineSchema({
  row: int64({ js: 'number' }),
  column: nullable(utf8()),
  value: nullable(utf8()),
  reason: utf8(),
  code: utf8(),
});

const maxValueLength = 200;
const maxReasonLength = 2_000;
/** Of errors only: a value is forgotten with the error that speaks of it. */
const values = new WeakMap<TailraceError, string>();

/** Notes which value an error is about, cut; the error itself, which is logged, has less of it. */
export function about<E extends TailraceError>(error: E, value: unknown): E {
  const text = textOf(value);
  if (text !== undefined) values.set(error, text);
  return error;
}

/**
 * What an error of `BatchBuilder.push` tells of the row that was pushed; undefined for what is no fault of the row: memory,
 * scratch storage, columns whose type is not known.
 */
export function badRowOf(error: unknown): BadRow | undefined {
  if (!isTailraceError(error)) return undefined;
  const { row, column } = error.context;
  const isOfRow = error instanceof ValueError || error.code === 'SCHEMA_INVALID';
  if (!isOfRow || typeof row !== 'number') return undefined;
  // What was thrown while memory was asked for is a RangeError too, and says nothing of the row.
  if (error.cause instanceof RangeError) return undefined;
  return {
    row,
    column: typeof column === 'string' ? wellFormed(column) : null,
    value: values.get(error) ?? null,
    reason: wellFormed(cut(error.message, maxReasonLength)),
    code: error.code,
  };
}

/** Never runs user code: no toString, no toJSON. */
function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return wellFormed(cut(value, maxValueLength));
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return cut(String(value), maxValueLength);
    case 'boolean':
      return String(value);
    case 'object':
      return value instanceof Date ? timeOf(value) : undefined;
    default:
      return undefined;
  }
}

function timeOf(date: Date): string {
  const time = Date.prototype.getTime.call(date);
  return Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString();
}

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** Half a character has no form in UTF-8: it is shown as an escape. */
const halfCharacters = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function wellFormed(text: string): string {
  return text.replace(halfCharacters, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
}
