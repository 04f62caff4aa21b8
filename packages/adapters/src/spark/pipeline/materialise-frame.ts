// Owns the stage that has Spark compute a frame once and hold it, before anything else reads it.
import { CancelledError, mapAsync, PlanError, type Taker, whenStageOver } from '@tailrace/core';
import { defer, type OperatorFunction } from 'rxjs';
import type { DataFrame } from '../frame/data-frame.js';
import type { ActionOptions, CallSettings } from '../frame/engine.js';
import { givenUpByHand, heldByHand, planName, printOf } from '../frame/equal-plans.js';
import { engineOf } from '../frame/frame-actions.js';
import { isTheSameAgain } from '../frame/is-the-same-again.js';
import { isRefusal } from '../frame/kept-plans.js';
import { persistForRun, unpersistOfRun } from '../frame/persisting.js';
import { type PlanText, planOfText, textOfPlan } from '../frame/plan-text.js';
import { checkLevel, type StorageLevelName } from '../frame/storage-level.js';
import { checkTags } from '../session/session-options.js';
import { HeldFrame } from './held-frame.js';
import {
  frameBegun,
  frameForgotten,
  frameGivenUp,
  frameTaken,
  type Kept,
  type Stages,
  stagesOver,
} from './held-frames.js';

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
 * Spark lets go of a frame when nothing of the run can read it any more: when its stage and those behind it have ended, and the
 * outputs that write it. Outside a run it stays until `release()` is called or the session is closed, also when a run ends that has
 * held an equal plan, of which Spark keeps one. A process that is killed leaves it with the server.
 * @throws PlanError for a trigger that there is not; where Spark fails, the stage fails with its SparkError
 * @example flow.stage('held', simulated, materialiseFrame({ level: 'DISK_ONLY' }))
 */
export function materialiseFrame<R extends object>(
  options: MaterialiseFrameOptions = {},
): OperatorFunction<DataFrame<R>, HeldFrame<R>> {
  const { trigger = 'count', level, tags = [] } = options;
  if (trigger !== 'checkpoint' && !Object.hasOwn(fills, trigger))
    throw new PlanError(
      `The trigger of materialiseFrame is one of checkpoint, ${Object.keys(fills).join(', ')}, not ${String(trigger)}.`,
      { operation: 'declare stage' },
    );
  if (level !== undefined) checkLevel(level, 'declare stage');
  checkTags(tags);
  return (source) =>
    defer(() => {
      const stages: Stages = { isOver: false };
      const isInRun = whenStageOver(() => void stagesOver(stages));
      const hold = async (frame: DataFrame<R>, signal: AbortSignal): Promise<HeldFrame<R>> => {
        const { held, kept } = await holdFrame(frame, options, stages, signal);
        if (signal.aborted) {
          // Whoever would read it is gone, and its outputs may have ended already.
          await frameGivenUp(kept);
          throw new CancelledError('Cancelled while Spark materialised a frame.', {
            operation: 'materialise a frame',
            cause: signal.reason,
          });
        }
        if (!isInRun) leaveToHolder(held.frame, kept);
        return held;
      };
      return source.pipe(mapAsync(hold, { concurrency: 1 }));
    });
}

/** Nobody else knows when a frame is not read any more that is held outside a run. */
function leaveToHolder(frame: DataFrame<object>, kept: Kept): void {
  const { relation } = frame;
  // First: a run that has held an equal plan may let go of it as soon as this one is forgotten.
  heldByHand(kept, { session: engineOf(frame), relation });
  frameForgotten(kept);
}

interface Holding<R extends object> {
  readonly held: HeldFrame<R>;
  readonly kept: Kept;
}

async function holdFrame<R extends object>(
  frame: DataFrame<R>,
  { trigger = 'count', level = 'MEMORY_AND_DISK', tags = [] }: MaterialiseFrameOptions,
  stages: Stages,
  signal: AbortSignal,
): Promise<Holding<R>> {
  if (trigger === 'checkpoint') {
    const { frame: cut, release } = await frame.checkpoint({ level, tags, signal });
    const kept = keptOf(cut, textOfPlan(cut.relation), { release, isWhole: true, stages });
    await frameBegun(kept);
    return holding(cut, kept, undefined);
  }
  const plan = { session: engineOf(frame), relation: frame.relation };
  let isFound = true;
  const release = (options: CallSettings): Promise<void> =>
    unpersistOfRun(plan, isFound, { ...options, maxRetries });
  // Once for all: a plan may hold the data of its rows.
  const planText = textOfPlan(frame.relation);
  const kept = keptOf(frame, planText, { release, isWhole: false, stages });
  await frameBegun(kept, signal);
  try {
    await persistForRun(plan, level, { signal });
  } catch (error) {
    // What Spark has refused is not kept; what else became of the request is not known.
    if (isRefusal(error)) frameForgotten(kept);
    else await frameGivenUp(kept);
    throw error;
  }
  try {
    isFound = isTheSameAgain(frame.relation) || (await isFoundAgain(frame, planText, signal));
    if (!isFound) throw notFoundAgain();
    const rows = await fills[trigger](frame, { signal, tags });
    kept.isWhole = !trigger.startsWith('partly') && level.includes('DISK');
    return holding(frame, kept, rows);
  } catch (error) {
    // Nobody will read what this stage would have given. The error that is thrown says why.
    await frameGivenUp(kept);
    throw error;
  }
}

interface KeptFrame extends Kept {
  readonly planText: PlanText;
}

function keptOf(
  frame: DataFrame<object>,
  planText: PlanText,
  { release, isWhole, stages }: Pick<Kept, 'isWhole' | 'stages'> & Pick<Kept['letting'], 'release'>,
): KeptFrame {
  const engine = engineOf(frame);
  const { relation } = frame;
  const plan = planName(engine.server, printOf(relation, planText));
  return { letting: { engine, release }, plan, relation, isWhole, stages, planText };
}

function holding<R extends object>(
  frame: DataFrame<R>,
  kept: KeptFrame,
  rows: number | undefined,
): Holding<R> {
  const { planText, letting } = kept;
  const release = (options: CallSettings): Promise<void> => {
    givenUpByHand(kept);
    return letting.release(options);
  };
  const taken = (by: Taker): void => frameTaken(kept, by);
  return { held: new HeldFrame(frame, planText, rows, release, taken), kept };
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
