// Owns the sink that Spark fills: checks the target on the main thread, drives the write from a worker thread.
import { type ErrorStatus, isTailraceError, PlanError, TailraceError } from '@tailrace/core';
import { defineSink, type OutputInfo } from '@tailrace/core/sink';
import { parseConnection, serverOf } from '../client/connection-string.js';
import type { Row } from '../frame/data-frame.js';
import { attachSpark, type SparkSession } from '../session/session.js';
import { relationOf } from './held-frame.js';
import { outputBegun, outputEnded } from './held-frames.js';
import { runSparkWrite } from './run-spark-write.js';
import { standsAt } from './server-files.js';
import type { SparkTarget } from './spark-files.js';
import { attemptIn, discard, mendPath, newStagedPlace, publish } from './staged-place.js';

/** One connection per session in each thread; it ends with the thread, and with the last write that uses it. */
const sessions = new Map<string, { users: number; readonly session: Promise<SparkSession> }>();

async function withSession<T>(target: SparkTarget, use: (spark: SparkSession) => Promise<T>): Promise<T> {
  const { sessionId } = target.attachment;
  const known = sessions.get(sessionId) ?? { users: 0, session: attachSpark(target.attachment) };
  sessions.set(sessionId, known);
  known.users += 1;
  try {
    return await use(await known.session);
  } finally {
    known.users -= 1;
    if (known.users === 0) {
      sessions.delete(sessionId);
      await known.session.then(
        (session) => session.close(),
        () => {},
      );
    }
  }
}

/** The hidden directory of an output that is staged. */
type Staging = { readonly place: string } | undefined;
/** Where a write stands, when it is still to be put in place. */
type Part = { readonly written: string } | undefined;

export default defineSink<SparkTarget, Staging, Part>({
  name: 'spark',

  begin: ({ options, signal, ...info }) =>
    withSession(options, async (spark) => {
      const { mode, path, staged } = options;
      if (staged) await mendPath(path);
      const mayStand = mode === 'overwrite' || mode === 'append';
      if (mayStand || !(await standsAt(spark, path, { signal }))) {
        outputBegun(serverNamed(options), nameOf(info));
        return { skip: false, staging: staged ? { place: newStagedPlace(path) } : undefined };
      }
      if (mode === 'ignore') return { skip: true };
      throw new TailraceError(
        `'${path}' exists already. Choose another path, or mode overwrite, append or ignore.`,
        { code: 'TARGET_EXISTS', operation: 'begin output', context: { path } },
      );
    }),

  async open({ options, output, write, attempt, signal, staging }) {
    const written = staging === undefined ? undefined : attemptIn(staging.place, write, attempt);
    const target = written === undefined ? options : { ...options, path: written };
    let frame: Row | undefined;
    const cancelling = new AbortController();
    const cancel = (): void => cancelling.abort(signal.reason);
    signal.addEventListener('abort', cancel, { once: true });
    return {
      write: (batch) => {
        for (const row of batch.toRows()) {
          if (frame !== undefined) throw severalFrames(output);
          frame = row as Row; // Every row of a stage is an object.
        }
      },
      prepare: async () => {
        const held = frame as { readonly plan: string } | undefined;
        if (held !== undefined)
          await withSession(options, (spark) =>
            writeFrame(spark, target, held, `${output}/${write}#${attempt}`, attempt, cancelling.signal),
          );
        signal.removeEventListener('abort', cancel);
        const part = held === undefined || written === undefined ? undefined : { written };
        return { rows: held === undefined ? 0 : 1, bytes: 0, files: [], part };
      },
      abort: async () => {
        signal.removeEventListener('abort', cancel);
        cancelling.abort();
      },
    };
  },

  // Spark has committed when the write was prepared, into its place or beside it.
  async commit({ prepared, options, staging, ...info }) {
    for (const { part } of prepared)
      if (part !== undefined) await publish(part.written, options.path, options.mode === 'overwrite');
    if (staging !== undefined) await discard(staging.place);
    await outputEnded(serverNamed(options), nameOf(info));
    return {
      rows: prepared.reduce((rows, one) => rows + one.rows, 0),
      bytes: 0,
      files: 0,
      notes: ['Rows and bytes are with Spark: what is counted here is frames.'],
    };
  },

  // A write that failed has been cleaned up by Spark's committer; one that is complete is not taken back.
  abort: async ({ options, staging, ...info }) => {
    if (staging !== undefined) await discard(staging.place);
    await outputEnded(serverNamed(options), nameOf(info));
  },
});

const serverNamed = ({ attachment }: SparkTarget): string => serverOf(parseConnection(attachment.url));
const nameOf = ({ runId, output }: Pick<OutputInfo, 'runId' | 'output'>): string => `${runId}/${output}`;

async function writeFrame(
  spark: SparkSession,
  target: SparkTarget,
  held: { readonly plan: string },
  writeId: string,
  attempt: number,
  signal: AbortSignal,
): Promise<void> {
  const frame = spark.range(0).over<Row>(relationOf(held));
  // That nothing stood there was seen in the beginning: what an earlier attempt has left is ours.
  const mode = target.mode === 'error' && attempt > 1 ? 'overwrite' : target.mode;
  const run = runSparkWrite(spark, frame, target, mode, writeId);
  const cancel = (): void => run.cancel(new Error('The write was cancelled.', { cause: signal.reason }));
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  try {
    await run.completed;
  } catch (error) {
    throw target.mode === 'append' ? notAgain(error) : error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
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

function severalFrames(output: string): PlanError {
  return new PlanError(
    `Output "${output}" is written by Spark from one frame, and its stage gave several. Join them with union() in a stage before it.`,
    { operation: 'write output', context: { output } },
  );
}
