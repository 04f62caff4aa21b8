// Owns the one error family of Tailrace. Decisions are made on `status` and `code`, never on message text.
import { classify } from './classify.js';
import type { ErrorStatus } from './errno.js';
import { isError, messageOf, readFrom } from './thrown.js';

export type { ErrorStatus } from './errno.js';
export { messageOf } from './thrown.js';

const statusOfCodes = {
  /** The declaration, an option or an argument is wrong; nothing has been read or written. */
  PLAN_INVALID: 'permanent',
  /** A value does not fit its column. */
  VALUE_INVALID: 'permanent',
  /** Rows or batches do not have the columns that were declared, or no schema can be known. */
  SCHEMA_INVALID: 'permanent',
  /** A stage emitted more than the byte budget holds and may not spill. */
  OVERFLOW: 'permanent',
  /** A source could not be opened or read. */
  SOURCE_FAILED: 'permanent',
  /** An operator of a stage threw or emitted an error. */
  STAGE_FAILED: 'permanent',
  /** A format or a custom sink threw something that is not a TailraceError. */
  SINK_FAILED: 'temporary',
  /** A worker module could not be loaded, or does not export what it should. */
  MODULE_INVALID: 'permanent',
  /** What was encoded is not what was sent (rows differ); the file is not published. */
  ENCODE_MISMATCH: 'permanent',
  /** An operation on a store failed. */
  STORE_FAILED: 'temporary',
  /** The target exists and the mode is `error`. */
  TARGET_EXISTS: 'permanent',
  /** The journal of a job is damaged before its last record. */
  JOURNAL_CORRUPT: 'permanent',
  /** Outputs of one job would hold different data: its sources or stages gave something else in another run. */
  NONDETERMINISM: 'permanent',
  /** Another run holds the target, or has published it meanwhile. */
  CONFLICT: 'permanent',
  /** The worker thread died under the attempt. */
  WORKER_LOST: 'temporary',
  /** An attempt took longer than its hard limit. */
  WRITE_TIMEOUT: 'temporary',
  /** An engine that computes elsewhere, such as Spark, refused or failed what it was asked for. */
  ENGINE_FAILED: 'permanent',
  /** Every worker is dead and their restarts are used up. */
  POOL_BROKEN: 'permanent',
  /** `drain` reached its deadline. */
  DRAIN_TIMEOUT: 'temporary',
  /** Consumers wait for each other, or nothing has moved for too long. */
  STALLED: 'permanent',
  /** Cancelled by the caller. */
  CANCELLED: 'permanent',
  /** Used after it was closed, or a dataset or batch after its last release. */
  CLOSED: 'permanent',
} as const satisfies Record<string, ErrorStatus>;

/** What kind of failure it was. Every code is explained in docs/errors.md. */
export type ErrorCode = keyof typeof statusOfCodes;

/** Every code, with the status an error of that code has unless it is told otherwise. */
export const errorCodes: Readonly<Record<ErrorCode, ErrorStatus>> = statusOfCodes;

/** Plain facts about a failure: names, paths, numbers. Never rows, batches or secrets. */
export type ErrorContext = Readonly<Record<string, string | number | boolean | undefined>>;

/** The facts that an error of the family is made of. */
export interface TailraceErrorInit {
  readonly code: ErrorCode;
  /** What was being done, as a verb phrase: `open source`, `commit output`. */
  readonly operation: string;
  /** Default: none. */
  readonly context?: ErrorContext | undefined;
  /** Default: what `errorCodes` says of the code. */
  readonly status?: ErrorStatus | undefined;
  /** What was thrown, when this error stands for something else. */
  readonly cause?: unknown;
}

/** The base of every error that Tailrace throws. The message says what failed, on what, and what to do next. */
export class TailraceError extends Error {
  override readonly name: string = 'TailraceError';
  /** What kind of failure it was. Programs decide by it, never by the message. */
  readonly code: ErrorCode;
  /** Whether trying the same thing again can help: what retry policies go by. */
  readonly status: ErrorStatus;
  /** What was being done, as a verb phrase: `open source`, `commit output`. */
  readonly operation: string;
  /** Which output, path, row and so on it was. */
  readonly context: ErrorContext;

  constructor(message: string, init: TailraceErrorInit) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.status = init.status ?? errorCodes[init.code];
    this.operation = init.operation;
    this.context = init.context ?? {};
  }
}

/** True for errors of this family, also when they come from another copy of the package. Never throws. */
export function isTailraceError(error: unknown): error is TailraceError {
  if (!isError(error)) return false;
  const code = readFrom(error, 'code');
  const status = readFrom(error, 'status');
  return (
    typeof code === 'string' &&
    Object.hasOwn(errorCodes, code) &&
    (status === 'permanent' || status === 'temporary') &&
    typeof readFrom(error, 'operation') === 'string'
  );
}

/**
 * Turns anything thrown into a member of the family; members pass unchanged. Where the thrown error tells by its errno,
 * its name or its cause whether trying again can help, that is its status, unless `init` has one.
 */
export function toTailraceError(error: unknown, prefix: string, init: TailraceErrorInit): TailraceError {
  if (isTailraceError(error)) return error;
  const { status, errno } = classify(error);
  return new TailraceError(`${prefix}: ${messageOf(error)}`, {
    ...init,
    status: init.status ?? status,
    context: errno === undefined ? init.context : { ...init.context, errno },
    cause: error,
  });
}
