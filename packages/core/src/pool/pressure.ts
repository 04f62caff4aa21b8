// Owns what happens while the byte budget is saturated: when nothing that is under way will free bytes by itself, the
// largest holder spills, so that a run slows down instead of standing still.
import { OverflowError } from '../errors/named-errors.js';
import type { Memory, Spillable } from '../materialise/memory.js';
import { type Clock, sleep } from '../time/clock.js';

export interface PressureOptions {
  readonly memory: Memory;
  readonly clock: Clock;
  /** Whether a sealed write is being worked on: it will free its bytes when it is prepared. */
  readonly progressing: () => boolean;
  /** Whether a worker has batches that it has not taken yet: what it has taken can be spilled. */
  readonly encoding: () => boolean;
  /** Holders that spill before anything waits for them (`slow: 'spill'`). */
  readonly eager: () => Iterable<Spillable>;
  /** A spill failed: the run cannot go on. */
  readonly onError: (error: unknown) => void;
  readonly pollMs?: number;
}

/** Polls without any progress after which builders and encoders are all that is left: a fifth of a second. */
const pollsBeforeRelaxing = 10;

const standstill = (budget: Memory['budget']): OverflowError =>
  new OverflowError(
    `The memory of ${budget.limitBytes} bytes is full of what cannot be moved to disk: ${budget.used('builder')} bytes of ` +
      `batches being filled, ${budget.used('encoder')} of open encoders, ${budget.used('batch')} of batches in use. ` +
      'Give the run more memory, or fewer outputs at a time.',
    { operation: 'relieve memory', context: { limitBytes: budget.limitBytes, usedBytes: budget.usedBytes } },
  );

/** Watches until the returned function is called. */
export function relievePressure(options: PressureOptions): () => void {
  const { memory, clock } = options;
  const { budget } = memory;
  const stop = new AbortController();
  let watching = false;

  const largest = (holders: Iterable<Spillable>): Spillable | undefined => {
    let best: Spillable | undefined;
    let most = 0;
    for (const holder of holders) {
      const bytes = holder.spillableBytes();
      if (bytes > most) {
        most = bytes;
        best = holder;
      }
    }
    return best;
  };

  const watch = async (): Promise<void> => {
    // Between two writes there is a moment in which nothing progresses: only a lasting standstill is worth a spill.
    let still = 0;
    while (budget.saturated && !stop.signal.aborted) {
      still = options.progressing() ? 0 : still + 1;
      const holder = largest(options.eager()) ?? (still < 2 ? undefined : largest(memory.spillables));
      const excess = budget.usedBytes - budget.lowWaterBytes;
      const freed = holder === undefined ? 0 : await holder.spill(excess);
      if (freed > 0) continue;
      if (still >= pollsBeforeRelaxing && !options.encoding()) {
        if (budget.usedBytes >= budget.limitBytes) throw standstill(budget);
        budget.relax();
        still = 0;
      }
      await sleep(clock, options.pollMs ?? 20, stop.signal);
    }
  };

  const onChange = (saturated: boolean): void => {
    if (!saturated || watching) return;
    watching = true;
    watch()
      .catch((error: unknown) => {
        if (!stop.signal.aborted) options.onError(error);
      })
      .finally(() => {
        watching = false;
        if (budget.saturated && !stop.signal.aborted) onChange(true);
      });
  };
  const unsubscribe = budget.onChange(onChange);
  return () => {
    unsubscribe();
    stop.abort(new Error('The pool is closed.'));
  };
}
