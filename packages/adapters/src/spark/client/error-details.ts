// Owns making an error of ours of what gRPC throws: its trailer, what Spark tells when it is asked for more, and the causes.
import type { ServiceError } from '@grpc/grpc-js';
import { CancelledError, type ErrorStatus } from '@tailrace/core';
import type { ErrorDetail, FetchErrorDetailsResponse } from '../protocol/responses.js';
import { isLostSession, SparkError, tookTooLong } from './spark-error.js';
import { withoutSqlSecrets } from './sql-secrets.js';
import { type StatusDetails, statusDetails } from './status-details.js';

/** Names of the gRPC status codes by their numbers. Source: "Status codes and their use in gRPC". */
const codeNames = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/** Asks the server for all it knows of an error. Undefined where it knows no more. */
export type AskForDetails = (errorId: string) => Promise<FetchErrorDetailsResponse | undefined>;

/** What is known without asking: enough to decide about another try. */
export function sparkErrorOf(error: ServiceError, operation: string): SparkError {
  const details = detailsOf(error);
  return build(error, details, operation, undefined);
}

/** All that can be known of an error that ends a call. */
export async function fullSparkError(
  error: ServiceError,
  operation: string,
  ask: AskForDetails,
): Promise<SparkError | CancelledError> {
  const details = detailsOf(error);
  const { errorId } = details.info;
  const answer = errorId === undefined ? undefined : await ask(errorId);
  const made = build(error, details, operation, answer);
  if (made.errorClass !== 'OPERATION_CANCELED') return made;
  return new CancelledError(`Spark has cancelled what it was asked to ${operation}.`, {
    operation,
    cause: made,
  });
}

function detailsOf(error: ServiceError): StatusDetails {
  const [trailer] = error.metadata?.get('grpc-status-details-bin') ?? [];
  return statusDetails(typeof trailer === 'string' ? undefined : trailer);
}

function build(
  error: ServiceError,
  { info, retryDelayMs }: StatusDetails,
  operation: string,
  answer: FetchErrorDetailsResponse | undefined,
): SparkError {
  const grpcCode = codeNames[error.code] ?? `code ${error.code}`;
  const root = answer?.rootErrorIdx === undefined ? undefined : answer.errors[answer.rootErrorIdx];
  const errorClass = info.errorClass ?? root?.sparkThrowable?.errorClass ?? classIn(error.details);
  const said = withAdvice(withoutSqlSecrets(root?.message ?? error.details), adviceOn(errorClass, grpcCode));
  return new SparkError(`Spark could not ${operation}: ${said}`, {
    operation,
    status: statusOf(grpcCode, error.details, retryDelayMs),
    grpcCode,
    errorClass,
    sqlState: info.sqlState ?? root?.sparkThrowable?.sqlState,
    parameters: open(root?.sparkThrowable?.messageParameters ?? recordIn(info.messageParameters)),
    queryContext: contextOf(root),
    exceptionClasses: root?.errorTypeHierarchy ?? listIn(info.classes),
    serverStack: root === undefined ? info.stackTrace && withoutSqlSecrets(info.stackTrace) : stackOf(root),
    retryDelayMs,
    cause:
      causeOf(root, answer, operation) ??
      (withoutSqlSecrets(error.details) === error.details ? error : undefined),
  });
}

/** Servers tell what they were given: URLs and statements with passwords among them. */
function open(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, withoutSqlSecrets(value)]),
  );
}

const advice: Readonly<Record<string, string>> = {
  UNAVAILABLE: 'Look whether the server runs and can be reached.',
  UNAUTHENTICATED: 'Check the token of the connection string.',
  PERMISSION_DENIED: 'Check the rights of the user and of the token.',
  UNIMPLEMENTED: 'The server is no Spark Connect server, or an older one than Spark 4.',
};

const adviceOn = (errorClass: string | undefined, grpcCode: string): string | undefined =>
  isLostSession(errorClass)
    ? 'Connect anew: what was persisted in this session, and its temporary views, are gone.'
    : advice[grpcCode];

/** The library for gRPC announces a note also where it has none. */
function withAdvice(said: string, next: string | undefined): string {
  const text = said.replace(/\s*Resolution note:\s*$/, '').trimEnd();
  if (next === undefined) return text;
  return `${text}${/[.!?]$/.test(text) ? '' : '.'} ${next}`;
}

/**
 * What Spark's clients try again: a server that is away, a cursor that was cut off, and what a server gives a delay for. And what took
 * too long, as a server does that is busy.
 */
function statusOf(grpcCode: string, message: string, retryDelayMs: number | undefined): ErrorStatus {
  const isCut = grpcCode === 'INTERNAL' && message.includes('INVALID_CURSOR.DISCONNECTED');
  const mayPass =
    grpcCode === 'UNAVAILABLE' || grpcCode === tookTooLong || isCut || retryDelayMs !== undefined;
  return mayPass ? 'temporary' : 'permanent';
}

/** Messages of Spark begin with the class in brackets: `[INVALID_HANDLE.SESSION_NOT_FOUND] The handle ...`. */
function classIn(message: string): string | undefined {
  return /\[([A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]/.exec(message)?.[1];
}

function contextOf(root: ErrorDetail | undefined): string | undefined {
  const [context] = root?.sparkThrowable?.queryContexts ?? [];
  const text = context?.summary || context?.fragment;
  return text === undefined || text === '' ? undefined : withoutSqlSecrets(text);
}

function stackOf(error: ErrorDetail): string {
  const lines = error.stackTrace.map(
    ({ declaringClass, methodName, fileName, lineNumber }) =>
      `    at ${declaringClass}.${methodName}(${fileName ?? 'unknown'}:${lineNumber})`,
  );
  return withoutSqlSecrets(
    [`${error.errorTypeHierarchy[0] ?? 'Error'}: ${error.message}`, ...lines].join('\n'),
  );
}

const maxCauses = 16;

/** The chain of causes as errors of ours, the innermost first made. */
function causeOf(
  root: ErrorDetail | undefined,
  answer: FetchErrorDetailsResponse | undefined,
  operation: string,
): SparkError | undefined {
  const chain: ErrorDetail[] = [];
  let at = root?.causeIdx;
  while (at !== undefined && chain.length < maxCauses) {
    const next: ErrorDetail | undefined = answer?.errors[at];
    if (next === undefined || chain.includes(next)) break;
    chain.push(next);
    at = next.causeIdx;
  }
  return chain.reduceRight<SparkError | undefined>(
    (cause, one) =>
      new SparkError(withoutSqlSecrets(one.message), {
        operation,
        status: 'permanent',
        grpcCode: 'INTERNAL',
        errorClass: one.sparkThrowable?.errorClass,
        sqlState: one.sparkThrowable?.sqlState,
        parameters: open(one.sparkThrowable?.messageParameters ?? {}),
        queryContext: contextOf(one),
        exceptionClasses: one.errorTypeHierarchy,
        serverStack: stackOf(one),
        cause,
      }),
    undefined,
  );
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    // The server cuts what does not fit into a trailer.
    return undefined;
  }
}

function listIn(text: string | undefined): string[] {
  const list = parsed(text);
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}

function recordIn(text: string | undefined): Record<string, string> {
  const record = parsed(text);
  if (typeof record !== 'object' || record === null) return {};
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, String(value)]));
}
