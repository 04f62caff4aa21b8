// Owns one execution on the server from its first response to its release: attaching again where the stream was cut, and never
// taking the end of a stream for the end of the work.
// Source: the protocol's ReattachExecute and ReleaseExecute, and PySpark's sql/connect/client/reattach.py (4.2).
import type { ServiceError } from '@grpc/grpc-js';
import type { Plan } from '../protocol/command.js';
import type { ExecutePlanRequest } from '../protocol/requests.js';
import type { ExecutePlanResponse } from '../protocol/responses.js';
import type { StreamName } from '../protocol/service.js';
import type { ResponseStream } from './channel.js';
import type { Connection } from './connection.js';
import { isServiceError, sparkErrorOf } from './error-details.js';
import { createReleases } from './releases.js';
import { retryDelay } from './retry.js';
import { SparkError } from './spark-error.js';
import { cancelled, throwIfCancelled, wait } from './wait.js';

/** What happens to an execution besides its responses. */
export type ExecutionEvent =
  /** The stream has ended or was cut; the work on the server may go on. */
  | { readonly type: 'reattaching'; readonly because: 'ended' | 'silent' | 'failed' }
  /** A response has come again. */
  | { readonly type: 'attached' };

export interface ExecutionOptions {
  readonly operationId: string;
  /**
   * Whether the server keeps the responses that were read, also when all is done, so that another connection can attach from the
   * start. They are to be released then; what nobody releases the server lets go of minutes later.
   */
  readonly isKept?: boolean | undefined;
  readonly operation: string;
  readonly tags: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ExecutionEvent) => void) | undefined;
  /** Size of the parts of a batch, in bytes, on servers that can cut one. */
  readonly chunkBytes: number;
  /**
   * A stream that says nothing for so long, in milliseconds, is taken for cut. The server says how it gets on every few
   * seconds.
   */
  readonly silenceMs: number;
}

type Stream = ResponseStream<StreamName>;

/** Wait before attaching to an execution whose stream ended without a word, in milliseconds. */
const quietWaitMs = 100;

/**
 * The responses of an execution, each once, in order. Without a plan, of one that was begun before under this id. Ends only
 * when the server has said that the work is done. Leaving early or aborting the signal stops the work on the server.
 * @throws SparkError (`outcome: 'unknown'` when the server was lost while it may have been at work), CancelledError
 */
export async function* execute(
  connection: Connection,
  plan: Plan | undefined,
  options: ExecutionOptions,
): AsyncGenerator<ExecutePlanResponse> {
  const { operationId, operation, signal, onEvent, isKept = false } = options;
  throwIfCancelled(operation, signal);
  const releases = createReleases(connection, operationId);
  const start = (): Stream | undefined =>
    plan && connection.channel.stream('ExecutePlan', requestOf(connection, plan, options));
  let stream = start();
  let lastResponseId: string | undefined;
  /** False while the work may go on: then leaving stops it. */
  let isOver = false;
  let isCut = false;
  let failed = 0;
  const onAbort = (): void => stream?.cancel();
  signal?.addEventListener('abort', onAbort, { once: true });
  const cut = (because: 'ended' | 'silent' | 'failed'): void => {
    stream = undefined;
    if (!isCut) onEvent?.({ type: 'reattaching', because });
    isCut = true;
  };
  try {
    while (true) {
      throwIfCancelled(operation, signal);
      stream ??= connection.channel.stream('ReattachExecute', {
        ...connection.inSession(),
        operationId,
        ...(lastResponseId === undefined ? {} : { lastResponseId }),
      });
      try {
        const response = await nextWithin(connection, stream, options.silenceMs);
        if (response === 'silent' || response === undefined) {
          if (isCut || response === 'silent') await wait(connection.clock, quietWaitMs, operation, signal);
          cut(response === undefined ? 'ended' : 'silent');
          continue;
        }
        failed = 0;
        lastResponseId = response.responseId;
        connection.observe(response, operation);
        if (isCut) onEvent?.({ type: 'attached' });
        isCut = false;
        if (response.responseType.case === 'resultComplete') {
          isOver = true;
          return;
        }
        if (!isKept) releases.until(lastResponseId);
        yield response;
      } catch (error) {
        if (signal?.aborted) throw cancelled(operation, signal);
        if (!isServiceError(error)) {
          isOver = true;
          throw error;
        }
        failed += 1;
        const known = sparkErrorOf(error, operation);
        if (
          plan !== undefined &&
          isUnknownOperation(known) &&
          lastResponseId === undefined &&
          failed <= connection.limits.maxRetries
        ) {
          // The request has never arrived.
          stream = start();
          continue;
        }
        const delayMs = retryDelay(known, failed, connection.limits, connection.random);
        if (delayMs === undefined) {
          isOver = true;
          const isFirst = plan !== undefined && failed === 1 && !isCut && lastResponseId === undefined;
          throw await ending(connection, error, operation, isFirst);
        }
        cut('failed');
        await wait(connection.clock, delayMs, operation, signal);
      }
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stream?.cancel();
    if (!isOver) await releases.interrupt();
    if (!isKept) releases.all();
  }
}

function requestOf(
  connection: Connection,
  plan: Plan,
  { operationId, tags, chunkBytes }: ExecutionOptions,
): ExecutePlanRequest {
  return {
    ...connection.inSession(),
    operationId,
    plan,
    tags,
    requestOptions: [
      { requestOption: { case: 'reattachOptions', value: { reattachable: true } } },
      {
        requestOption: {
          case: 'resultChunkingOptions',
          value: { allowArrowBatchChunking: true, preferredArrowChunkSize: BigInt(chunkBytes) },
        },
      },
    ],
  };
}

async function nextWithin(
  { clock }: Connection,
  stream: Stream,
  silenceMs: number,
): Promise<ExecutePlanResponse | undefined | 'silent'> {
  let isSilent = false;
  const timer = clock.setTimeout(() => {
    isSilent = true;
    stream.cancel();
  }, silenceMs);
  try {
    return await stream.next();
  } catch (error) {
    if (isSilent) return 'silent';
    throw error;
  } finally {
    clock.clearTimeout(timer);
  }
}

const isUnknownOperation = ({ errorClass }: SparkError): boolean =>
  errorClass === 'INVALID_HANDLE.OPERATION_NOT_FOUND';

/**
 * The error of an execution that is not attached to again. What Spark tells of its own failing is one; everything else leaves
 * open whether the server does the work without us.
 * @param isFirst whether this answers the request itself, and nothing was heard of the work before
 */
async function ending(
  connection: Connection,
  error: ServiceError,
  operation: string,
  isFirst: boolean,
): Promise<unknown> {
  const made = await connection.explain(error, operation);
  if (!(made instanceof SparkError) || isOfExecution(made)) return made;
  if (isFirst && (refusals.has(made.grpcCode) || refusedHandles.has(made.errorClass ?? ''))) return made;
  return new SparkError(
    `The server was lost while it was asked to ${operation}: whether it has done so is not known. ${made.message}`,
    { ...made, parameters: made.parameters, operation, outcome: 'unknown', cause: made },
  );
}

/** Whether Spark has failed the work itself: handles, cursors and states of the service are of the connection to it. */
function isOfExecution({ errorClass, exceptionClasses }: SparkError): boolean {
  if (/^(INVALID_HANDLE|INVALID_CURSOR|SPARK_CONNECT_ILLEGAL_STATE)\./.test(errorClass ?? '')) return false;
  return errorClass !== undefined || exceptionClasses.length > 0;
}

/** Codes by which a request is turned away before anything is begun. */
const refusals = new Set(['UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNIMPLEMENTED', 'INVALID_ARGUMENT']);

/** Classes by which a server turns a request away for its session, or for the form of its ids, before anything is begun. */
const refusedHandles = new Set(
  ['FORMAT', 'SESSION_CLOSED', 'SESSION_NOT_FOUND', 'SESSION_CHANGED'].map(
    (what) => `INVALID_HANDLE.${what}`,
  ),
);
