// Owns the sink that Spark fills: checks the target on the main thread, drives the write from a worker thread.
import { randomUUID } from 'node:crypto';
import {
  type Committed,
  defineSink,
  type InspectSinkActor,
  type OutputInfo,
  type Prepared,
} from '@tailrace/core/sink';
import { loadClient } from '../client/channel.js';
import { cancelled } from '../client/wait.js';
import type { Row } from '../frame/data-frame.js';
import { planOfText } from '../frame/plan-text.js';
import type { SaveMode } from '../frame/writer.js';
import type { Attachment } from '../session/attachment.js';
import { attachSpark, connectAnew, releaseKept } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';
import { warnOpener } from '../session/warnings.js';
import {
  type Earlier,
  endOfFirst,
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
import { standsAt } from './server-files.js';
import { createSharedSessions } from './shared-sessions.js';
import type { SparkTarget } from './spark-files.js';
import {
  attemptIn,
  discard,
  isPublished,
  mendPath,
  newStagedPlace,
  notDiscarded,
  publish,
} from './staged-place.js';
import {
  appendOfJob,
  madeMeanwhile,
  maybeAppended,
  maybeAppendedUntold,
  maybeOurs,
  notAgain,
  targetExists,
} from './target-errors.js';

const withSession = createSharedSessions(attachSpark, warnOpener);

interface Staging {
  /** Of this beginning of the output. What the server keeps of attempts is found by it. */
  readonly id: string;
  /** The hidden directory of an output that is staged. */
  readonly place?: string;
}
/** What a held frame is on this side. */
type HeldRow = Pick<HeldFrame<object>, 'plan' | 'sealed'>;
interface Part {
  /** Where the write stands, when it is still to be put in place. */
  readonly written?: string;
  readonly attempt: number;
}

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
        outputBegun(info);
        const id = randomUUID();
        return { skip: false, staging: staged ? { id, place: newStagedPlace(path) } : { id } };
      }
      if (mode === 'ignore') return { skip: true };
      throw isOfJob ? await maybeOurs(spark, path, signal) : targetExists(path);
    });
  },

  warm: loadClient,

  async open({ options, output, write, attempt, signal, staging: { id, place }, inspect }) {
    const written = place === undefined ? undefined : attemptIn(place, write, attempt);
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
        const name = { id, write };
        const asking = { signal: cancelling.signal };
        // Rows might be appended twice: the first attempt alone does so.
        const isAskingOnly = options.mode === 'append' && attempt > 1;
        let isAlone = attempt === 1;
        try {
          await withSession(options.attachment, cancelling.signal, async (spark) => {
            if (isAskingOnly) {
              const first = await endOfFirst(spark, name, asking);
              isAlone = true;
              if (first === 'complete') return;
              throw maybeAppended(options.path, first);
            }
            const earlier = await stopEarlier(spark, name, attempt, asking);
            isAlone = true;
            // Staged attempts have a place each.
            if (earlier === 'complete' && !options.staged) return;
            const mine = { name, output, attempt, earlier, signal: cancelling.signal, inspect };
            await writeFrame(spark, target, held, mine);
          });
        } catch (error) {
          if (isAlone) throw error;
          throw isAskingOnly ? maybeAppendedUntold(options.path, error) : withEarlierUnknown(error);
        }
        signal.removeEventListener('abort', cancel);
        const part: Part = written === undefined ? { attempt } : { written, attempt };
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
      if (part.written !== undefined)
        await publish(part.written, options.path, options.mode === 'overwrite', output);
    await settled(options, info, staging, prepared);
    return committed;
  },

  async verify({ prepared, options, staging, ...info }) {
    if (staging.place === undefined || !(await isPublished(options.path, info))) return undefined;
    await settled(options, info, staging, prepared);
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
    try {
      if (staging.place !== undefined) await discard(staging.place);
    } finally {
      await outputEnded(info);
    }
  },
});

/** Lets go of everything that was there for an output that is done. Never rejects: what it has written is in its place. */
async function settled(
  { attachment }: SparkTarget,
  output: OutputInfo,
  { id, place }: Staging,
  prepared: readonly Prepared<Part>[],
): Promise<void> {
  if (place !== undefined)
    await discard(place).catch((error: unknown) => warnOpener(attachment, notDiscarded(place, error)));
  letGoOfWrites(attachment, id, prepared);
  await outputEnded(output);
}

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

/**
 * The server has kept what became of each attempt, for a further one of a writer that died before it could tell. Nobody will ask any
 * more.
 */
function letGoOfWrites(attachment: Attachment, id: string, prepared: readonly Prepared<Part>[]): void {
  const ids = prepared.flatMap(({ part }, write) =>
    Array.from({ length: part.attempt }, (_, earlier) => operationIdOf({ id, write }, earlier + 1)),
  );
  releaseKept(attachment, ids);
}

interface Attempt {
  readonly name: WriteName;
  readonly output: string;
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
  { name, output, attempt, earlier, signal, inspect }: Attempt,
): Promise<void> {
  const planText = { text: held.plan, secrets: unseal(held.sealed, target.sealKey) };
  const run = runSparkWrite(spark, {
    frame: spark.range(0).over<Row>((newId) => planOfText(planText, newId)),
    target,
    mode: modeAfter(earlier, target),
    writeId: `${output}/${name.write}#${attempt}`,
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
