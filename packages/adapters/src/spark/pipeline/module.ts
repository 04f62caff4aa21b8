// Owns the sink that Spark fills: checks the target on the main thread, drives the write from a worker thread.
import { type ErrorStatus, isTailraceError, PlanError, TailraceError } from '@tailrace/core';
import {
  type Committed,
  defineSink,
  type InspectSinkActor,
  type OutputInfo,
  type Prepared,
} from '@tailrace/core/sink';
import { loadClient } from '../client/channel.js';
import { parseConnection, serverOf } from '../client/connection-string.js';
import { cancelled } from '../client/wait.js';
import type { Row } from '../frame/data-frame.js';
import { planOfText } from '../frame/plan-text.js';
import type { SaveMode } from '../frame/writer.js';
import { attachSpark, connectAnew } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';
import { warnOpener } from '../session/warnings.js';
import {
  type Earlier,
  isRefusedAsThere,
  operationIdOf,
  stopEarlier,
  type WriteName,
  withEarlierUnknown,
} from './earlier-attempts.js';
import { noFrame, severalFrames } from './frame-errors.js';
import type { HeldFrame } from './held-frame.js';
import { outputBegun, outputEnded } from './held-frames.js';
import { type MarkedOutput, publicationAt } from './publication-mark.js';
import { runSparkWrite } from './run-spark-write.js';
import { unseal } from './seal.js';
import { markAt, standsAt } from './server-files.js';
import { createSharedSessions } from './shared-sessions.js';
import type { SparkTarget } from './spark-files.js';
import { attemptIn, discard, isPublished, mendPath, newStagedPlace, publish } from './staged-place.js';

const withSession = createSharedSessions(attachSpark, warnOpener);

/** The hidden directory of an output that is staged. */
type Staging = { readonly place: string } | undefined;
/** What a held frame is on this side. */
type HeldRow = Pick<HeldFrame<object>, 'plan' | 'sealed'>;
/** Where a write stands, when it is still to be put in place. */
type Part = { readonly written: string } | undefined;

export default defineSink<SparkTarget, Staging, Part>({
  name: 'spark',

  begin: async ({ options, signal, ...info }) => {
    const { mode, path, staged } = options;
    // Only outputs of jobs have a key.
    const isOfJob = info.key !== undefined;
    if (mode === 'append' && isOfJob) throw appendOfJob(path, info.output);
    return withSession(options.attachment, signal, async (spark) => {
      if (staged) await mendPath(path);
      const mayStand = mode === 'overwrite' || mode === 'append';
      if (mayStand || !(await standsAt(spark, path, { signal }))) {
        outputBegun(serverNamed(options), nameOf(info));
        return { skip: false, staging: staged ? { place: newStagedPlace(path) } : undefined };
      }
      if (mode === 'ignore') return { skip: true };
      throw isOfJob ? await maybeOurs(spark, path, signal) : targetExists(path);
    });
  },

  warm: loadClient,

  async open({ options, runId, output, write, attempt, signal, staging, inspect }) {
    if (options.mode === 'append' && attempt > 1) throw maybeAppended(options.path);
    const written = staging === undefined ? undefined : attemptIn(staging.place, write, attempt);
    const target = written === undefined ? options : { ...options, path: written };
    let frame: Row | undefined;
    const cancelling = new AbortController();
    const cancel = (): void => cancelling.abort(signal.reason);
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    return {
      write: (batch) => {
        for (const row of batch.toRows()) {
          if (frame !== undefined) throw severalFrames(output);
          frame = row as Row; // Every row of a stage is an object.
        }
      },
      prepare: async () => {
        // The sink requires the columns, and frames that are held alone have them.
        const held = frame as HeldRow | undefined;
        if (held === undefined) throw noFrame(output);
        const name = { runId, output, write };
        let isAlone = attempt === 1;
        try {
          await withSession(options.attachment, cancelling.signal, async (spark) => {
            const earlier = await stopEarlier(spark, name, attempt, { signal: cancelling.signal });
            isAlone = true;
            // Staged attempts have a place each.
            if (earlier === 'complete' && !options.staged) return;
            const mine = { name, attempt, earlier, signal: cancelling.signal, inspect };
            await writeFrame(spark, target, held, mine);
          });
        } catch (error) {
          throw isAlone ? error : withEarlierUnknown(error);
        }
        signal.removeEventListener('abort', cancel);
        const part = written === undefined ? undefined : { written };
        return { rows: 1, bytes: 0, files: [], part };
      },
      abort: async () => {
        signal.removeEventListener('abort', cancel);
        cancelling.abort();
      },
    };
  },

  // Spark has committed when the write was prepared, into its place or beside it.
  async commit({ prepared, options, staging, ...info }) {
    const committed = committedOf(prepared);
    const output = markedOf(info, committed.rows);
    for (const { part } of prepared)
      if (part !== undefined) await publish(part.written, options.path, options.mode === 'overwrite', output);
    if (staging !== undefined) await discard(staging.place);
    await outputEnded(serverNamed(options), nameOf(info));
    return committed;
  },

  async verify({ prepared, options, staging, ...info }) {
    if (staging === undefined || !(await isPublished(options.path, info))) return undefined;
    await discard(staging.place);
    await outputEnded(serverNamed(options), nameOf(info));
    return committedOf(prepared);
  },

  // Only what is staged says whose it is: of the rest, the journal is believed.
  async published({ options: { staged, path } }) {
    if (!staged) return undefined;
    await mendPath(path);
    const found = await publicationAt(path);
    if (found?.mark.key === undefined) return [];
    const { runId, key, rows, rejected } = found.mark;
    return [{ runId, key, rows, rejected, bytes: 0, files: 0, whole: found.whole }];
  },

  // A write that failed has been cleaned up by Spark's committer; one that is complete is not taken back.
  abort: async ({ options, staging, ...info }) => {
    if (staging !== undefined) await discard(staging.place);
    await outputEnded(serverNamed(options), nameOf(info));
  },
});

/** Bytes and files are with Spark. */
const committedOf = (prepared: readonly Prepared<Part>[]): Committed => ({
  rows: prepared.reduce((rows, one) => rows + one.rows, 0),
  bytes: 0,
  files: 0,
  notes: ['Rows and bytes are with Spark: what is counted here is frames.'],
});

/** What the mark of a published output says of it. */
const markedOf = (
  { runId, output, key, rejected }: OutputInfo & { readonly rejected?: number | undefined },
  rows: number,
): MarkedOutput => ({ runId, output, key, rows, rejected });

const serverNamed = ({ attachment }: SparkTarget): string => serverOf(parseConnection(attachment.url));
const nameOf = ({ runId, output }: Pick<OutputInfo, 'runId' | 'output'>): string => `${runId}/${output}`;

interface Attempt {
  readonly name: WriteName;
  readonly attempt: number;
  /** What became of those before it. */
  readonly earlier: Earlier;
  readonly signal: AbortSignal;
  readonly inspect: InspectSinkActor | undefined;
}

async function writeFrame(
  spark: SparkSession,
  target: SparkTarget,
  held: HeldRow,
  { name, attempt, earlier, signal, inspect }: Attempt,
): Promise<void> {
  const planText = { text: held.plan, secrets: unseal(held.sealed, target.sealKey) };
  const run = runSparkWrite(spark, {
    frame: spark.range(0).over<Row>((newId) => planOfText(planText, newId)),
    target,
    mode: modeAfter(earlier, target),
    writeId: `${name.output}/${name.write}#${attempt}`,
    operationId: operationIdOf(name, attempt),
    connectAnew: (looking) => connectAnew(target.attachment, looking),
    inspect,
  });
  const cancel = (): void => run.cancel(cancelled(`write to ${target.path}`, signal));
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  try {
    await run.completed;
  } catch (error) {
    if (isRefusedAsThere(error)) throw madeMeanwhile(target.path, earlier, error);
    throw target.mode === 'append' ? notAgain(error) : error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/**
 * With `error` and `ignore` nothing stood there when the output began: what an attempt has left that was begun is ours, and what has come
 * meanwhile is not. Spark's own `ignore` would say of both that the write is complete.
 */
function modeAfter(earlier: Earlier, { mode, staged }: SparkTarget): SaveMode {
  if (mode === 'append' || mode === 'overwrite') return mode;
  return earlier === 'stopped' && !staged ? 'overwrite' : 'error';
}

/**
 * Rows are there before the journal of a job can say so: what a run that was cut off has appended, the next one would append
 * again.
 */
function appendOfJob(path: string, output: string): PlanError {
  return new PlanError(
    `Output "${output}" appends at '${path}' and cannot be part of a job that is resumed: Spark does not tell what an ` +
      'earlier run has appended, and rows might be there twice. Nothing was written. Run it without resume, or write with ' +
      'mode overwrite to a path of its own.',
    { operation: 'begin output', context: { output, path } },
  );
}

function targetExists(path: string): TailraceError {
  return alreadyThere(
    path,
    `'${path}' exists already. Choose another path, or mode overwrite, append or ignore.`,
  );
}

/** Something has come to a path at which nothing stood when the output began. */
function madeMeanwhile(path: string, earlier: Earlier, cause: unknown): TailraceError {
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
async function maybeOurs(spark: SparkSession, path: string, signal: AbortSignal): Promise<TailraceError> {
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
 * An attempt that was lost with its worker, or out of time, may have been done by Spark: a second one would add the rows again.
 */
function maybeAppended(path: string): TailraceError {
  return new TailraceError(
    `What was to be appended at '${path}' may be there or not: the attempt was lost while Spark was at work. It was not ` +
      'tried again, since rows might be appended twice. Look at the path before you run it again.',
    {
      code: 'ENGINE_FAILED',
      status: 'permanent',
      operation: 'append to files',
      context: { path, outcome: 'unknown' },
    },
  );
}

/** The same error, for which nothing is tried again: rows might be appended twice. */
function notAgain(error: unknown): unknown {
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
