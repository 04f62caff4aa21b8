// Owns what an attempt at a write does about those before it, which may still be at work on the server: it stops them, waits
// until they have ended, and learns what became of them.
import { createHash } from 'node:crypto';
import { isTailraceError, TailraceError } from '@tailrace/core';
import { SparkError } from '../client/spark-error.js';
import type { CallSettings } from '../frame/engine.js';
import { planOf } from '../protocol/command.js';
import { interruptTypes } from '../protocol/requests.js';
import { innerOf } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';

export interface WriteName {
  /** Of what began the output: a job that is resumed has the run id of its first run, and counts attempts anew. */
  readonly id: string;
  readonly write: number;
}

/** The id of an attempt on the server: the same wherever it is asked for. A UUID of version 8. */
export function operationIdOf({ id, write }: WriteName, attempt: number): string {
  const text = JSON.stringify([id, write, attempt]);
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * `none`: none was begun, as there is none, or Spark found something at the path and left it. `unheard`: the server knows nothing of it,
 * any more or at all, and begins it no more. `stopped`: it was begun, and has ended without being done.
 */
export type Earlier = 'none' | 'unheard' | 'stopped' | 'complete';

/** What became of an attempt that is not complete, and the error by which that was heard. */
export interface Ended {
  readonly end: Exclude<Earlier, 'complete'>;
  readonly error: unknown;
}

/**
 * Stops the attempts before this one. Resolves when none is at work any more.
 * @throws SparkError where that cannot be told; CancelledError
 */
export async function stopEarlier(
  spark: SparkSession,
  name: WriteName,
  attempt: number,
  { signal }: CallSettings,
): Promise<Earlier> {
  let found: Earlier = 'none';
  for (let earlier = attempt - 1; earlier > 0; earlier -= 1) {
    const end = await stop(spark, operationIdOf(name, earlier), signal);
    if (end === 'complete') return end;
    if (end === 'stopped' || found === 'none') found = end;
  }
  return found;
}

/**
 * Waits until the first attempt at an append has ended, and lets it: those behind it ask for nothing else, as they must not do it again.
 * @throws SparkError where what became of it cannot be told; CancelledError
 */
export async function endOfFirst(
  spark: SparkSession,
  name: WriteName,
  { signal }: CallSettings,
): Promise<'complete' | Ended> {
  const ended = await endOf(spark, operationIdOf(name, 1), appending, signal);
  // Whoever asks here fences nothing, so that a row is of something else under its id.
  return ended === 'fenced' ? { end: 'unheard', error: undefined } : ended;
}

/** The error of an attempt that has not learned what became of those before it. */
export function withEarlierUnknown(error: unknown): unknown {
  if (!isTailraceError(error) || error.code === 'CANCELLED') return error;
  const { code, status, operation, context, message } = error;
  return new TailraceError(
    `${message} What became of an earlier attempt is not known: Spark may still be at work for it, or have done it. Look at the path before you write there again.`,
    { code, status, operation, context: { ...context, outcome: 'unknown' }, cause: error },
  );
}

/** Whether Spark has refused a write because something stands at its path. */
export const isRefusedAsThere = (error: unknown): boolean =>
  error instanceof SparkError && error.errorClass === 'PATH_ALREADY_EXISTS';

async function stop(
  spark: SparkSession,
  operationId: string,
  signal: AbortSignal | undefined,
): Promise<Earlier> {
  for (let times = 1; ; times += 1) {
    const ended = await interrupted(spark, operationId, signal);
    if (ended === 'fenced') return 'unheard';
    const end = ended === 'complete' ? ended : ended.end;
    if (end !== 'unheard') return end;
    try {
      await fence(spark, operationId, signal);
      return end;
    } catch (error) {
      // The server has let go of it, and knows its id for one that it does not begin again.
      if (isHandle(error, 'ABANDONED')) return end;
      // Its request has come meanwhile.
      if (!isHandle(error, 'ALREADY_EXISTS') || times === maxTimes) throw error;
    }
  }
}

/** A request comes once. */
const maxTimes = 3;

const operation = 'stop an earlier attempt';
const appending = 'append in the first attempt';

async function interrupted(
  spark: SparkSession,
  operationId: string,
  signal: AbortSignal | undefined,
): Promise<'complete' | 'fenced' | Ended> {
  const { connection } = innerOf(spark);
  await connection.unary(
    'Interrupt',
    { interruptType: interruptTypes.operationId, interrupt: { case: 'operationId', value: operationId } },
    operation,
    // Nobody hurries an attempt: a server that is slow is waited for, as long as by any other call.
    { signal },
  );
  return endOf(spark, operationId, operation, signal);
}

/** Waits until an execution has ended. */
async function endOf(
  spark: SparkSession,
  operationId: string,
  asked: string,
  signal: AbortSignal | undefined,
): Promise<'complete' | 'fenced' | Ended> {
  const { engine } = innerOf(spark);
  try {
    let end: 'complete' | 'fenced' = 'complete';
    // Writes give no rows.
    for await (const { responseType } of engine.execute(undefined, asked, {
      ...kept,
      operationId,
      signal,
    }))
      if (responseType.case === 'arrowBatch') end = 'fenced';
    return end;
  } catch (error) {
    if (signal?.aborted) throw error;
    const end = endToldBy(error);
    if (end === undefined) throw error;
    return { end, error };
  }
}

/** Undefined where the error does not tell. */
function endToldBy(error: unknown): Ended['end'] | undefined {
  if (isTailraceError(error) && error.code === 'CANCELLED') return 'stopped';
  if (!(error instanceof SparkError)) return undefined;
  if (isRefusedAsThere(error)) return 'none';
  if (error.outcome === 'failed') return 'stopped';
  if (error.errorClass === 'INVALID_HANDLE.OPERATION_NOT_FOUND') return 'unheard';
  // So the server calls whatever nobody is attached to any more, after a while, however that has ended: complete, or refused.
  if (error.errorClass === 'INVALID_HANDLE.OPERATION_ABANDONED') return 'unheard';
  return undefined;
}

/** For a further attempt, which may ask again. */
const kept = { isKept: true } as const;

/**
 * Has the server know the attempt as a query of one row, which it answers without a job: a request for the attempt itself that is still on
 * its way is then turned away, for as long as the server keeps what became of executions.
 */
async function fence(
  spark: SparkSession,
  operationId: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { engine } = innerOf(spark);
  const plan = planOf(engine.relation('sql', { query: "SELECT 'tailrace'" }));
  for await (const _row of engine.execute(plan, operation, { ...kept, operationId, signal }));
}

const isHandle = (error: unknown, what: 'ABANDONED' | 'ALREADY_EXISTS'): boolean =>
  error instanceof SparkError && error.errorClass === `INVALID_HANDLE.OPERATION_${what}`;
