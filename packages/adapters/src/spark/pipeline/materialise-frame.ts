// Owns the stage that has Spark compute a frame once and hold it, before anything else reads it.
import { CancelledError, mapAsync, PlanError } from '@tailrace/core';
import type { DataFrame } from '../frame/data-frame.js';
import type { ActionOptions, CallSettings } from '../frame/engine.js';
import { isRefusal } from '../frame/kept-plans.js';
import { type PlanText, planOfText, textOfPlan } from '../frame/plan-text.js';
import { checkLevel, type StorageLevelName } from '../frame/storage-level.js';
import { checkTags } from '../session/session-options.js';
import { HeldFrame } from './held-frame.js';
import { frameGivenUp, frameHeld } from './held-frames.js';

/**
 * What makes Spark compute the frame. `count` fills every partition and decodes no columns; `noop` fills every partition and
 * decodes all columns; `checkpoint` also cuts the plan, for plans that do not give the same twice. The others are what is often
 * written instead: they fill the partitions that they happen to need, and leave the rest to whoever reads next.
 */
export type Trigger = 'count' | 'noop' | 'checkpoint' | 'partlyByTake' | 'partlyByFirst' | 'partlyByIsEmpty';

/** Options of `materialiseFrame`. */
export interface MaterialiseFrameOptions {
  /** Default `count`. */
  readonly trigger?: Trigger;
  /** Where Spark keeps it. Default `MEMORY_AND_DISK`. */
  readonly level?: StorageLevelName;
  /** Names by which `session.interrupt` finds the computation. Without commas. */
  readonly tags?: readonly string[];
}

/** Somebody waits for what Spark does not let go of, and it is asked for again when the session ends. */
const maxRetries = 3;

type Fill<R extends object> = (frame: DataFrame<R>, options: ActionOptions) => Promise<number | undefined>;

const nothing = async (work: Promise<unknown>): Promise<undefined> => {
  await work;
};

const fills: { readonly [T in Exclude<Trigger, 'checkpoint'>]: Fill<object> } = {
  count: (frame, options) => frame.count(options),
  noop: (frame, options) => nothing(frame.write.noop(options)),
  partlyByTake: (frame, options) => nothing(oneRow(frame, options)),
  partlyByFirst: (frame, options) => nothing(oneRow(frame, options)),
  partlyByIsEmpty: (frame, options) => nothing(frame.isEmpty(options)),
};

/** Has Spark give a row, of which no values are made: nobody wants them, and some types have none here. */
async function oneRow(frame: DataFrame<object>, options: ActionOptions): Promise<void> {
  for await (const _batch of frame.limit(1).batches(options));
}

/**
 * A stage over frames, one at a time. Its items are what sinks of Spark take; a frame that nobody has computed is refused by the
 * compiler, since writing it would compute it again beside whatever else reads it.
 *
 * Spark lets go of what is held when the last output of this process with that server has ended, when `release()` is called,
 * and when the session is closed. A process that is killed leaves it with the server.
 * @throws PlanError for a trigger that there is not; where Spark fails, the stage fails with its SparkError
 * @example flow.stage('held', simulated, materialiseFrame({ level: 'DISK_ONLY' }))
 */
export function materialiseFrame<R extends object>(
  options: MaterialiseFrameOptions = {},
): ReturnType<typeof mapAsync<DataFrame<R>, HeldFrame<R>>> {
  const { trigger = 'count', level, tags = [] } = options;
  if (trigger !== 'checkpoint' && !Object.hasOwn(fills, trigger))
    throw new PlanError(
      `The trigger of materialiseFrame is one of checkpoint, ${Object.keys(fills).join(', ')}, not ${String(trigger)}.`,
      { operation: 'declare stage' },
    );
  if (level !== undefined) checkLevel(level, 'declare stage');
  checkTags(tags);
  const hold = async (frame: DataFrame<R>, signal: AbortSignal): Promise<HeldFrame<R>> => {
    const held = await holdFrame(frame, options, signal);
    if (signal.aborted) {
      // Whoever would read it is gone, and its outputs may have ended already.
      await frameGivenUp(frame.server, held);
      throw new CancelledError('Cancelled while Spark materialised a frame.', {
        operation: 'materialise a frame',
        cause: signal.reason,
      });
    }
    frameHeld(frame.server, held);
    return held;
  };
  return mapAsync(hold, { concurrency: 1 });
}

async function holdFrame<R extends object>(
  frame: DataFrame<R>,
  { trigger = 'count', level = 'MEMORY_AND_DISK', tags = [] }: MaterialiseFrameOptions,
  signal: AbortSignal,
): Promise<HeldFrame<R>> {
  if (trigger === 'checkpoint') {
    const held = await frame.checkpoint({ level, tags, signal });
    return new HeldFrame(held.frame, textOfPlan(held.frame.relation), undefined, (options) =>
      held.release(options),
    );
  }
  const release = (options: CallSettings): Promise<void> => frame.unpersist({ ...options, maxRetries });
  try {
    await frame.persist(level, { signal });
  } catch (error) {
    // What Spark has refused is not kept; what else became of the request is not known.
    if (!isRefusal(error)) await frameGivenUp(frame.server, { frame, release });
    throw error;
  }
  try {
    // Once for all: a plan may hold the data of its rows.
    const planText = textOfPlan(frame.relation);
    if (!(await isFoundAgain(frame, planText, signal))) throw notFoundAgain();
    const rows = await fills[trigger](frame, { signal, tags });
    return new HeldFrame(frame, planText, rows, release);
  } catch (error) {
    // Nobody will read what this stage would have given. The error that is thrown says why.
    await frameGivenUp(frame.server, { frame, release });
    throw error;
  }
}

/**
 * Writers send the plan from another thread, under other ids, so that Spark analyses it anew: it must then come to the plan that it
 * keeps.
 */
function isFoundAgain(frame: DataFrame<object>, planText: PlanText, signal: AbortSignal): Promise<boolean> {
  return frame.over((newId) => planOfText(planText, newId)).isPersisted({ signal });
}

function notFoundAgain(): PlanError {
  return new PlanError(
    'Spark keeps the frame and does not find it when it is asked for the same plan again, so every output would be computed ' +
      'anew, of other values where it draws at random: rand(), uuid() or shuffle() without a seed in SQL do that. Give them ' +
      "a seed (rand(7) of the functions here, callFunction('uuid')), or materialise with the trigger checkpoint.",
    { operation: 'materialise a frame' },
  );
}
