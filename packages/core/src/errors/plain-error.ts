// Owns the form in which an error crosses threads and sits in actor context: plain data, no classes, causes cut to text.
import { classify } from './classify.js';
import { errorOfCode } from './named-errors.js';
import {
  type ErrorCode,
  type ErrorContext,
  type ErrorStatus,
  errorCodes,
  isTailraceError,
  type TailraceError,
} from './tailrace-error.js';
import { causesOf, gatheredBy, messageOf, readFrom, textFrom } from './thrown.js';

export interface PlainError {
  readonly code: ErrorCode;
  readonly status: ErrorStatus;
  readonly operation: string;
  readonly message: string;
  readonly context: ErrorContext;
  readonly stack?: string | undefined;
  /** Messages of the causes, nearest first, at most four, each followed by those of the errors that it gathers. */
  readonly causes: readonly string[];
}

/** Errors whose messages one AggregateError brings along. */
const mostGathered = 4;

/** Plain form of any thrown value; what is not of the family gets `fallback`'s code and operation. Never throws. */
export function toPlainError(error: unknown, fallback: { code: ErrorCode; operation: string }): PlainError {
  const gathered = (link: unknown): readonly unknown[] => gatheredBy(link).slice(0, mostGathered);
  const links = causesOf(error).flatMap((cause) => [cause, ...gathered(cause)]);
  const causes = [...gathered(error), ...links].map(messageOf);
  const stack = textFrom(error, 'stack');
  const message = messageOf(error);
  if (isTailraceError(error)) {
    const { code, status, operation } = error;
    return {
      code,
      status,
      operation,
      message,
      context: plainContext(readFrom(error, 'context')),
      stack,
      causes,
    };
  }
  const { status = errorCodes[fallback.code], errno } = classify(error);
  return { ...fallback, status, message, context: errno === undefined ? {} : { errno }, stack, causes };
}

/** What of a context can cross to another thread: users' errors may carry anything. */
function plainContext(context: unknown): ErrorContext {
  const plain: Record<string, string | number | boolean> = {};
  if (typeof context !== 'object' || context === null) return plain;
  let keys: readonly string[];
  try {
    keys = Object.keys(context);
  } catch {
    return plain;
  }
  for (const key of keys) {
    const value = readFrom(context, key);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      plain[key] = value;
  }
  return plain;
}

/** The error again, with its class; the stack is the one of the thread in which it was thrown. */
export function fromPlainError(plain: PlainError): TailraceError {
  const cause = plain.causes.reduceRight<Error | undefined>(
    (inner, message) => new Error(message, inner === undefined ? undefined : { cause: inner }),
    undefined,
  );
  const { code, operation, context, status } = plain;
  const error = errorOfCode(plain.message, { code, operation, context, status, cause });
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
