// Owns the errors of outputs at whose path something stands, or may stand, that they have not or may have written.
import { type ErrorStatus, isTailraceError, messageOf, PlanError, TailraceError } from '@tailrace/core';
import type { SparkSession } from '../session/spark-session.js';
import type { Earlier, Ended } from './earlier-attempts.js';
import { markAt } from './server-files.js';

/**
 * Rows are there before the journal of a job can say so: what a run that was cut off has appended, the next one would append
 * again.
 */
export function appendOfJob(path: string, output: string): PlanError {
  return new PlanError(
    `Output "${output}" appends at '${path}' and cannot be part of a job that is resumed: Spark does not tell what an ` +
      'earlier run has appended, and rows might be there twice. Nothing was written. Run it without resume, or write with ' +
      'mode overwrite to a path of its own.',
    { operation: 'begin output', context: { output, path } },
  );
}

export function targetExists(path: string): TailraceError {
  return alreadyThere(
    path,
    `'${path}' exists already. Choose another path, or mode overwrite, append or ignore.`,
  );
}

/** Something has come to a path at which nothing stood when the output began. */
export function madeMeanwhile(path: string, earlier: Earlier, cause: unknown): TailraceError {
  const operation = 'write output';
  if (earlier === 'unheard')
    return new TailraceError(
      `'${path}' exists, and did not when this output began. An earlier attempt of which the server knows nothing any more may have written it, or somebody else. Look at it: if it is not what was to be written, remove it, and run again.`,
      { code: 'ENGINE_FAILED', status: 'permanent', operation, context: { path, outcome: 'unknown' }, cause },
    );
  return new TailraceError(
    `'${path}' was made by somebody else after this output had begun, and was left as it is. Choose another path, or mode overwrite.`,
    { code: 'TARGET_EXISTS', operation, context: { path, outcome: 'failed' }, cause },
  );
}

/**
 * Spark's committer leaves nothing of who has written: _SUCCESS is empty, and files are named after ids of Spark's own. So a
 * run cannot know what an earlier one of its job has written, and says what can be seen.
 */
export async function maybeOurs(
  spark: SparkSession,
  path: string,
  signal: AbortSignal,
): Promise<TailraceError> {
  // What cannot be seen must not hide what is wrong.
  const mark = await markAt(spark, path, { signal }).catch(() => 'none' as const);
  const seen =
    mark === 'none'
      ? 'No _SUCCESS is seen there, so the write was not complete, or the server is older than Spark 4.3 and does not show it.'
      : '_SUCCESS is there, so whoever wrote it has finished.';
  return alreadyThere(
    path,
    `'${path}' exists already, and Spark does not tell who has written it: it may be an earlier run of this job that was ` +
      `cut off, whose write the server finishes even minutes later. ${seen} Nothing was written now. If it is what this job should hold, and ` +
      'complete, declare mode ignore, which takes it for done; else remove it and run again, or declare mode overwrite, which replaces it. With staged: true a job ' +
      'knows its own.',
  );
}

const alreadyThere = (path: string, message: string): TailraceError =>
  new TailraceError(message, { code: 'TARGET_EXISTS', operation: 'begin output', context: { path } });

/**
 * The first attempt was lost with its worker, or out of time, and is not known to be complete: a second one would add the rows again.
 * @param ended what the server says of it
 */
export function maybeAppended(path: string, { end, error }: Ended): TailraceError {
  const said =
    end === 'unheard'
      ? 'The server knows nothing of the first attempt, any more or at all.'
      : messageOf(error);
  return rowsMaybeAt(path, said, error);
}

/** @param cause why the server could not be asked what became of the first attempt; of one that was cancelled, itself is given */
export function maybeAppendedUntold(path: string, cause: unknown): TailraceError {
  if (isTailraceError(cause) && cause.code === 'CANCELLED') return cause;
  return rowsMaybeAt(path, `What became of the first attempt could not be heard: ${messageOf(cause)}`, cause);
}

/** @param said a sentence: of a cause, no more than its message reaches another thread, and that is easily overlooked */
function rowsMaybeAt(path: string, said: string, cause: unknown): TailraceError {
  return new TailraceError(
    `What was to be appended at '${path}' may be there or not: the attempt was lost while Spark was at work. It was not ` +
      `tried again, since rows might be appended twice. Look at the path before you run it again. ${said}`,
    {
      code: 'ENGINE_FAILED',
      status: 'permanent',
      operation: 'append to files',
      context: { path, outcome: 'unknown' },
      cause,
    },
  );
}

/** The same error, for which nothing is tried again: rows might be appended twice. */
export function notAgain(error: unknown): unknown {
  const status: ErrorStatus = 'permanent';
  if (!isTailraceError(error) || error.status === status) return error;
  const { code, operation, context, message } = error;
  return new TailraceError(`${message} It was not tried again, since rows might be appended twice.`, {
    code,
    status,
    operation,
    context,
    cause: error,
  });
}
