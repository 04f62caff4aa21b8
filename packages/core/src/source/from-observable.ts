// Owns sources over Observables, which push: between their pace and the consumer's stands a policy the user must choose.
import { type Observable, from as observableFrom, type Subscription, takeWhile } from 'rxjs';
import { PlanError } from '../errors/named-errors.js';
import { type Clock, systemClock } from '../time/clock.js';
import { abortable } from './abortable.js';
import type { OverflowPolicy } from './overflow.js';
import { createPushBuffer, type PushBuffer } from './push-buffer.js';
import type { PushStats, Source } from './source.js';

/** What a push source has to be told, and what it may be told. */
export interface FromObservableOptions<T> {
  /** What happens to items that come faster than they are taken; there is no default. */
  readonly overflow: OverflowPolicy<T>;
  /** What a person calls it. Default `observable`. */
  readonly name?: string;
  /** Total items, for progress only. */
  readonly totalItems?: number;
  /** Called with each item the policy drops. */
  readonly onDrop?: (item: T) => void;
  /** Injected in tests. */
  readonly clock?: Clock;
}

/** A source whose items come whether anybody asks for them or not. */
export interface PushSource<out T> extends Source<T> {
  stats(): PushStats;
}

/**
 * A source over an Observable, or over a function that makes one. It is subscribed when the first chunk is asked for,
 * and unsubscribed when the source is left early. Every opening subscribes anew: a hot Observable then gives what it
 * emits from that time on. Items received before an error are delivered before it.
 *
 * @throws PLAN_INVALID without `overflow`
 * @example fromObservable(ticks$, { overflow: dropOldest({ items: 10_000 }) })
 */
export function fromObservable<T>(
  from: Observable<T> | (() => Observable<T>),
  options: FromObservableOptions<T>,
): PushSource<T> {
  const name = options.name ?? 'observable';
  // From JavaScript the options may be missing altogether.
  const overflow = (options as FromObservableOptions<T> | undefined)?.overflow;
  if (overflow === undefined) {
    throw new PlanError(
      `Push source '${name}' needs an overflow policy: buffer(limit), dropOldest(limit), dropNewest(limit), fail() or spill().`,
      { operation: 'declare source', context: { source: name } },
    );
  }
  let receivedItems = 0;
  let droppedItems = 0;
  let peakBytes = 0;
  /** Of the readings that have begun and not ended: there may be several at once. */
  const open = new Set<PushBuffer<T>>();
  const sumOf = (part: 'items' | 'bytes' | 'spilledBytes'): number => {
    let sum = 0;
    for (const held of open) sum += held[part];
    return sum;
  };
  return {
    name,
    totalItems: options.totalItems,
    open(signal) {
      const own = { receivedItems: 0, droppedItems: 0 };
      const onDrop = (item: T): void => {
        droppedItems += 1;
        own.droppedItems += 1;
        options.onDrop?.(item);
      };
      return {
        stats: () => ({ ...own }),
        [Symbol.asyncIterator]() {
          const held = createPushBuffer(name, overflow, onDrop);
          return pullFrom(from, held, {
            signal,
            clock: options.clock ?? systemClock,
            onBegin: () => open.add(held),
            onItem() {
              receivedItems += 1;
              own.receivedItems += 1;
            },
            onHeld() {
              peakBytes = Math.max(peakBytes, sumOf('bytes'));
            },
            onEnd: () => open.delete(held),
          });
        },
      };
    },
    stats() {
      return {
        receivedItems,
        droppedItems,
        heldItems: sumOf('items'),
        heldBytes: sumOf('bytes'),
        peakBytes,
        spilledBytes: sumOf('spilledBytes'),
      };
    },
  };
}

interface PullContext {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  onBegin(): void;
  /** Before the policy looks at it. */
  onItem(): void;
  onHeld(): void;
  /** Once nothing is held any more. */
  onEnd(): void;
}

function pullFrom<T>(
  from: Observable<T> | (() => Observable<T>),
  held: PushBuffer<T>,
  { signal, clock, onBegin, onItem, onHeld, onEnd }: PullContext,
): AsyncIterator<readonly T[]> {
  let subscription: Subscription | undefined;
  let ended = false;
  let closed = false;
  let failure: { readonly error: unknown; readonly atOnce: boolean } | undefined;
  let wake: (() => void) | undefined;

  const notify = (): void => {
    wake?.();
    wake = undefined;
  };
  const end = (failed?: { error: unknown; atOnce: boolean }): void => {
    ended = true;
    failure ??= failed;
    notify();
  };
  const subscribe = (): Subscription => {
    const observable = observableFrom(typeof from === 'function' ? from() : from);
    // takeWhile also stops one that emits without end within subscribe(), before there is a subscription to end.
    return observable.pipe(takeWhile(() => !ended)).subscribe({
      next(item) {
        if (ended) return;
        onItem();
        try {
          held.push(item);
          onHeld();
          notify();
        } catch (error) {
          // Overflow: what waits is of no use to a source that has failed.
          end({ error, atOnce: true });
          subscription?.unsubscribe();
        }
      },
      error: (error: unknown) => end({ error, atOnce: false }),
      complete: () => end(),
    });
  };
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    ended = true;
    signal.removeEventListener('abort', unsubscribe);
    subscription?.unsubscribe();
    try {
      await held.close();
    } finally {
      onEnd();
    }
  };
  const unsubscribe = (): void => {
    ended = true;
    subscription?.unsubscribe();
  };
  const finish = async (): Promise<IteratorResult<readonly T[]>> => {
    await close();
    if (failure !== undefined) throw failure.error;
    return { done: true, value: undefined };
  };

  return {
    async next() {
      if (closed) return { done: true, value: undefined };
      try {
        if (subscription === undefined) {
          signal.throwIfAborted();
          signal.addEventListener('abort', unsubscribe, { once: true });
          onBegin();
          subscription = subscribe();
        }
        if (!ended && held.items === 0) {
          await abortable(
            new Promise<void>((resolve) => {
              wake = resolve;
            }),
            signal,
          );
          // The rest of a burst comes within the same turn: one chunk instead of many.
          if (!ended) await clock.yield();
        }
        signal.throwIfAborted();
        if (failure?.atOnce === true) return await finish();
        const chunk = await held.take();
        return chunk.length > 0 ? { done: false, value: chunk } : await finish();
      } catch (error) {
        await close();
        throw error;
      }
    },
    async return() {
      await close();
      return { done: true, value: undefined };
    },
  };
}
