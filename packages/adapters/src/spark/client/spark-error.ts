// Owns the error of everything that Spark refuses or fails: one class, with what Spark says of it as plain facts.
import { type ErrorStatus, TailraceError } from '@tailrace/core';

/** What a `SparkError` is made of. */
export interface SparkErrorInit {
  /** What was being done: `execute plan`. */
  readonly operation: string;
  readonly status: ErrorStatus;
  /** Name of the gRPC status: `INTERNAL`, `UNAVAILABLE`. */
  readonly grpcCode: string;
  /** Spark's name of the condition: `TABLE_OR_VIEW_NOT_FOUND`. */
  readonly errorClass?: string | undefined;
  readonly sqlState?: string | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** Where in the query it is, as Spark says it. */
  readonly queryContext?: string | undefined;
  /** Names of the classes of the exception on the server, its own first. */
  readonly exceptionClasses?: readonly string[] | undefined;
  readonly serverStack?: string | undefined;
  /** How long the server asks to be left alone, in milliseconds. */
  readonly retryDelayMs?: number | undefined;
  /** Whether the work is known not to have been done. Default `failed`. */
  readonly outcome?: Outcome | undefined;
  readonly cause?: unknown;
}

/** `unknown`: the server was lost while it may have been at work; look for its traces before asking for the same again. */
export type Outcome = 'failed' | 'unknown';

/** The name of the gRPC status of a call whose time was up. */
export const tookTooLong = 'DEADLINE_EXCEEDED';

/** Servers forget sessions that were closed, or idle for long, and lose them all when they are restarted. */
export const isLostSession = (errorClass: string | undefined): boolean =>
  /^INVALID_HANDLE\.SESSION_(CLOSED|NOT_FOUND|CHANGED)$/.test(errorClass ?? '');

/** What Spark failed at. `status` says whether the same thing may go well later; `errorClass` and `sqlState` are Spark's own. */
export class SparkError extends TailraceError {
  override readonly name = 'SparkError';
  readonly grpcCode: string;
  readonly errorClass: string | undefined;
  readonly sqlState: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly queryContext: string | undefined;
  readonly exceptionClasses: readonly string[];
  readonly serverStack: string | undefined;
  readonly retryDelayMs: number | undefined;
  readonly outcome: Outcome;

  constructor(message: string, init: SparkErrorInit) {
    super(message, {
      code: 'ENGINE_FAILED',
      status: init.status,
      operation: init.operation,
      // What reaches another thread of an error is this.
      context: {
        grpcCode: init.grpcCode,
        errorClass: init.errorClass,
        sqlState: init.sqlState,
        outcome: init.outcome ?? 'failed',
      },
      cause: init.cause,
    });
    this.grpcCode = init.grpcCode;
    this.errorClass = init.errorClass;
    this.sqlState = init.sqlState;
    this.parameters = init.parameters ?? {};
    this.queryContext = init.queryContext;
    this.exceptionClasses = init.exceptionClasses ?? [];
    this.serverStack = init.serverStack;
    this.retryDelayMs = init.retryDelayMs;
    this.outcome = init.outcome ?? 'failed';
  }
}
