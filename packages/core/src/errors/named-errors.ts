// Owns the subclasses that callers catch by name. They add a name and typed facts, no behaviour.
import {
  type ErrorCode,
  type ErrorContext,
  TailraceError,
  type TailraceErrorInit,
} from './tailrace-error.js';

type NamedInit = Omit<TailraceErrorInit, 'code'>;

/** A value that does not fit its column: carries the row (0-based, counted from the start of the stage) and the column. */
export class ValueError extends TailraceError {
  override readonly name = 'ValueError';
  constructor(message: string, init: NamedInit) {
    super(message, { ...init, code: 'VALUE_INVALID' });
  }
}

/** A stage emitted more than the budget holds while its overflow policy forbids spilling. */
export class OverflowError extends TailraceError {
  override readonly name = 'OverflowError';
  constructor(message: string, init: NamedInit) {
    super(message, { ...init, code: 'OVERFLOW' });
  }
}

/** Another run holds or has changed the target. */
export class ConflictError extends TailraceError {
  override readonly name = 'ConflictError';
  constructor(message: string, init: NamedInit) {
    super(message, { ...init, code: 'CONFLICT' });
  }
}

/**
 * A job that is run again gives other data than in the run that has published some of its outputs: to go on would mix
 * both. What would differ was not written.
 */
export class NondeterminismError extends TailraceError {
  override readonly name = 'NondeterminismError';
  constructor(message: string, init: NamedInit) {
    super(message, { ...init, code: 'NONDETERMINISM' });
  }
}

/** The worker thread died under an attempt; the write itself may be innocent. */
export class WorkerLost extends TailraceError {
  override readonly name = 'WorkerLost';
  constructor(message: string, init: NamedInit) {
    super(message, { ...init, code: 'WORKER_LOST' });
  }
}

/** The declaration is wrong; nothing has been read or written. */
export class PlanError extends TailraceError {
  override readonly name = 'PlanError';
  constructor(message: string, init: NamedInit) {
    super(message, { ...init, code: 'PLAN_INVALID' });
  }
}

/** Something was cancelled by its caller. */
export class CancelledError extends TailraceError {
  override readonly name = 'CancelledError';
  constructor(message: string, init: NamedInit) {
    super(message, { ...init, code: 'CANCELLED' });
  }
}

const classes: Partial<Record<ErrorCode, new (message: string, init: NamedInit) => TailraceError>> = {
  CANCELLED: CancelledError,
  CONFLICT: ConflictError,
  NONDETERMINISM: NondeterminismError,
  OVERFLOW: OverflowError,
  PLAN_INVALID: PlanError,
  VALUE_INVALID: ValueError,
  WORKER_LOST: WorkerLost,
};

/** An error of the class by which callers catch its code. */
export function errorOfCode(message: string, init: TailraceErrorInit): TailraceError {
  const Class = classes[init.code];
  return Class === undefined ? new TailraceError(message, init) : new Class(message, init);
}

/** The same error with more to say: code, class, status, operation and cause stay. */
export function retold(error: TailraceError, more: string, context: ErrorContext): TailraceError {
  const { code, operation, status, cause } = error;
  return errorOfCode(`${error.message} ${more}`, {
    code,
    operation,
    status,
    context: { ...error.context, ...context },
    cause,
  });
}
