// Owns the pull: asks a source for chunks while there is credit and hands their items on. It never holds more than one
// chunk, and knows nothing of stages.
import { type TailraceError, toTailraceError } from '../errors/tailrace-error.js';
import type { Downstream } from '../materialise/flow-context.js';
import { type Clock, longestTurnMs } from '../time/clock.js';
import { abortable } from './abortable.js';
import { createPace } from './pace.js';
import type { Source } from './source.js';

/** Times of a pump, in milliseconds; it adds to them. */
export interface PumpTimes {
  /** Spent in `next`; of a chunk that is being handed on, up to its last turn of the event loop. */
  busyMs: number;
  /** From asking for a chunk until it was there. */
  readMs: number;
  /** Waited for credit. */
  blockedMs: number;
  /** Of `blockedMs`, those that began when a stage below asked for nothing more. */
  heldUpMs: number;
  /** What it waits for now, and since when; undefined while it waits for nothing. */
  wait:
    | { readonly adds: 'readMs' | 'blockedMs'; readonly isHeldUp: boolean; readonly since: number }
    | undefined;
}

/** The times with that of what is waited for now. */
export function timesUntil(times: PumpTimes, now: number): Omit<PumpTimes, 'wait'> {
  const { busyMs, readMs, blockedMs, heldUpMs, wait } = times;
  const ms = wait === undefined ? 0 : Math.max(0, now - wait.since);
  return {
    busyMs,
    readMs: readMs + (wait?.adds === 'readMs' ? ms : 0),
    blockedMs: blockedMs + (wait?.adds === 'blockedMs' ? ms : 0),
    heldUpMs: heldUpMs + (wait?.isHeldUp === true ? ms : 0),
  };
}

export interface PumpOptions<T> {
  /** Takes one item, synchronously. When it throws, the pump closes the source and rejects with that error. */
  next(item: T): void;
  /** Asked before every item: while it is closed nothing is delivered, and no chunk is asked for but the end. */
  readonly downstream: Downstream;
  readonly clock: Clock;
  /** Ends the pump at once; the promise rejects with its reason. */
  readonly signal: AbortSignal;
  /** Longest turn of the event loop in milliseconds. Default: `longestTurnMs`. */
  readonly yieldMs?: number;
  /** Where its times are counted, while it runs. */
  readonly times?: PumpTimes;
  /** Whether a stage below asks for nothing more now, whatever memory there is. */
  isHeldUp?(): boolean;
  /** Called when closing the source failed after the pump had already ended with another error. */
  onLeaveError?(error: TailraceError): void;
}

/**
 * Runs a source to its end under credit. A chunk whose delivery is paused is the only overrun: the next one is asked
 * for when it is delivered and `downstream` is open, or all items have come that the source says to have.
 *
 * @throws SOURCE_FAILED, with the cause, when the source throws something that is not a TailraceError; the signal's
 *   reason when aborted; whatever `next` throws
 */
export async function pump<T>(source: Source<T>, options: PumpOptions<T>): Promise<void> {
  const { downstream, clock, signal } = options;
  const times = options.times ?? { busyMs: 0, readMs: 0, blockedMs: 0, heldUpMs: 0, wait: undefined };
  const pace = createPace(clock, options.yieldMs ?? longestTurnMs);
  signal.throwIfAborted();
  const iterator = openSource(source, signal);
  let finished = false;
  let due = false;
  // Looked at after every item, where asking the signal itself would be felt.
  let aborted = false;
  const onAbort = (): void => {
    aborted = true;
  };
  signal.addEventListener('abort', onAbort, { once: true });

  const endWait = (): void => {
    const { wait } = times;
    if (wait === undefined) return;
    const ms = clock.now() - wait.since;
    times[wait.adds] += ms;
    if (wait.isHeldUp) times.heldUpMs += ms;
    times.wait = undefined;
  };
  const untilOpen = async (): Promise<void> => {
    times.wait = { adds: 'blockedMs', isHeldUp: options.isHeldUp?.() ?? false, since: clock.now() };
    try {
      while (!downstream.open) await abortable(downstream.whenOpen(signal), signal);
    } finally {
      endWait();
    }
    pace.restart();
  };
  const turn = async (): Promise<void> => {
    await clock.yield();
    signal.throwIfAborted();
    pace.restart();
  };
  /**
   * Hands on items from number `first` on, at least one, until downstream closes or the turn is over; returns the number
   * of the one that is next. A loop of its own, which waits for nothing: the engine makes much faster code of that.
   */
  const deliverSome = (chunk: readonly T[], first: number): number => {
    const { length } = chunk;
    let index = first;
    do {
      // The index is within the length; T itself may include undefined.
      options.next(chunk[index] as T);
      index += 1;
      due = pace.due();
    } while (index < length && !due && !aborted && downstream.open);
    return index;
  };
  const deliver = async (chunk: readonly T[]): Promise<void> => {
    let index = 0;
    while (index < chunk.length) {
      if (!downstream.open) await untilOpen();
      signal.throwIfAborted();
      const from = clock.now();
      index = deliverSome(chunk, index);
      times.busyMs += clock.now() - from;
      signal.throwIfAborted();
      if (due) await turn();
    }
  };

  let delivered = 0;
  // Where a source says how much it has, its end is asked for at once: outputs that have all their rows begin to be written while
  // stages behind them still work on the last ones.
  const isLast = (): boolean => source.totalItems !== undefined && delivered >= source.totalItems;

  try {
    for (;;) {
      if (!downstream.open && !isLast()) await untilOpen();
      times.wait = { adds: 'readMs', isHeldUp: false, since: clock.now() };
      let result: IteratorResult<readonly T[]>;
      try {
        result = await abortable(iterator.next(), signal);
      } catch (error) {
        if (signal.aborted) throw error;
        finished = true;
        throw sourceError(source, 'read source', error);
      } finally {
        endWait();
      }
      if (result.done === true) {
        finished = true;
        return;
      }
      const chunk = result.value;
      await deliver(chunk);
      delivered += chunk.length;
      // A source that answers from memory settles within microtasks: without this check nothing else would ever run.
      if (pace.due()) await turn();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!finished) await leave(iterator, source, options);
  }
}

function openSource<T>(source: Source<T>, signal: AbortSignal): AsyncIterator<readonly T[]> {
  try {
    return source.open(signal)[Symbol.asyncIterator]();
  } catch (error) {
    throw sourceError(source, 'open source', error);
  }
}

/** The pump is ending with an error already, so a failure to close must not replace it: it goes to `onLeaveError`. */
async function leave<T>(
  iterator: AsyncIterator<readonly T[]>,
  source: Source<T>,
  options: PumpOptions<T>,
): Promise<void> {
  const report = (error: unknown): void => options.onLeaveError?.(sourceError(source, 'close source', error));
  let closing: Promise<unknown>;
  try {
    closing = Promise.resolve(iterator.return?.());
  } catch (error) {
    report(error);
    return;
  }
  const reported = closing.then(() => undefined, report);
  // An async generator queues return() behind a next() that may never settle: an abort does not wait for it.
  // An abort during the wait ends the wait; the pump rejects with the error it already has.
  if (!options.signal.aborted) await abortable(reported, options.signal).catch(() => undefined);
}

function sourceError(source: Source<unknown>, operation: string, error: unknown): TailraceError {
  const name = source.name ?? 'unnamed';
  return toTailraceError(error, `Source '${name}' failed (${operation})`, {
    code: 'SOURCE_FAILED',
    operation,
    context: { source: name },
  });
}
