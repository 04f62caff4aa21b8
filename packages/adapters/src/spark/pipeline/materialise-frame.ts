// Owns the stage that has Spark compute a frame once and hold it, before anything else reads it.
import { CancelledError, mapAsync, PlanError } from '@tailrace/core';
import type { DataFrame } from '../frame/data-frame.js';
import type { ActionOptions, CallSettings } from '../frame/engine.js';
import type { StorageLevelName } from '../frame/storage-level.js';
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
  partlyByTake: (frame, options) => nothing(frame.take(1, options)),
  partlyByFirst: (frame, options) => nothing(frame.first(options)),
  partlyByIsEmpty: (frame, options) => nothing(frame.isEmpty(options)),
};

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
  const { trigger = 'count' } = options;
  if (trigger !== 'checkpoint' && !Object.hasOwn(fills, trigger))
    throw new PlanError(
      `The trigger of materialiseFrame is one of checkpoint, ${Object.keys(fills).join(', ')}, not ${String(trigger)}.`,
      { operation: 'declare stage' },
    );
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
    return new HeldFrame(held.frame, undefined, (options) => held.release(options));
  }
  const release = (options: CallSettings): Promise<void> => frame.unpersist({ ...options, maxRetries });
  try {
    await frame.persist(level, { signal });
    const rows = await fills[trigger](frame, { signal, tags });
    return new HeldFrame(frame, rows, release);
  } catch (error) {
    // Nobody will read what this stage would have given. The error that is thrown says why.
    await frameGivenUp(frame.server, { frame, release });
    throw error;
  }
}
