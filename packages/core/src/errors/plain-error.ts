// Owns the form in which an error crosses threads and sits in actor context: plain data, no classes, causes cut to text.
import {
  CancelledError,
  ConflictError,
  OverflowError,
  PlanError,
  ValueError,
  WorkerLost,
} from './named-errors.js';
import {
  type ErrorCode,
  type ErrorContext,
  type ErrorStatus,
  isTailraceError,
  messageOf,
  TailraceError,
} from './tailrace-error.js';

export interface PlainError {
  readonly code: ErrorCode;
  readonly status: ErrorStatus;
  readonly operation: string;
  readonly message: string;
  readonly context: ErrorContext;
  readonly stack?: string | undefined;
  /** Messages of the causes, nearest first; at most four. */
  readonly causes: readonly string[];
}

const maxCauses = 4;

/** Plain form of any thrown value; what is not of the family gets `fallback`'s code and operation. */
export function toPlainError(error: unknown, fallback: { code: ErrorCode; operation: string }): PlainError {
  const causes: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && cause !== null && causes.length < maxCauses) {
    causes.push(messageOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  if (isTailraceError(error)) {
    const { code, status, operation, message, context } = error;
    return { code, status, operation, message, context, stack, causes };
  }
  const wrapped = new TailraceError(messageOf(error), fallback);
  return { ...fallback, status: wrapped.status, message: wrapped.message, context: {}, stack, causes };
}

const classes: Partial<
  Record<ErrorCode, new (message: string, init: { operation: string }) => TailraceError>
> = {
  CANCELLED: CancelledError,
  CONFLICT: ConflictError,
  OVERFLOW: OverflowError,
  PLAN_INVALID: PlanError,
  VALUE_INVALID: ValueError,
  WORKER_LOST: WorkerLost,
};

/** The error again, with its class; the stack is the one of the thread in which it was thrown. */
export function fromPlainError(plain: PlainError): TailraceError {
  const cause = plain.causes.reduceRight<Error | undefined>(
    (inner, message) => new Error(message, inner === undefined ? undefined : { cause: inner }),
    undefined,
  );
  const { code, operation, context, status } = plain;
  const Class = classes[code];
  const init = { code, operation, context, status, cause };
  const error = Class === undefined ? new TailraceError(plain.message, init) : new Class(plain.message, init);
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
