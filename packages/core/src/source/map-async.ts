// Owns asynchronous mapping under credit: a bounded number of calls in flight, results in order unless told otherwise.
import { setMaxListeners } from 'node:events';
import { Observable, type OperatorFunction } from 'rxjs';
import { shownOption } from '../errors/check-options.js';
import { PlanError } from '../errors/named-errors.js';
import { feedPending } from './feed-pending.js';
import { createGate } from './gate.js';
import { createPending } from './pending.js';

/** How many calls `mapAsync` makes at once, and in which order results come. */
export interface MapAsyncOptions {
  /** Calls in flight at once. Default 8. */
  readonly concurrency?: number;
  /** Whether results come in the order of their items. Default true. */
  readonly ordered?: boolean;
}

/** With `ordered`, calls go on past a slow one until this many times `concurrency` results wait for it. */
const windowFactor = 4;

interface Slot<B> {
  done: boolean;
  value: B | undefined;
}

/**
 * Maps every item through an asynchronous function: `mergeMap` that can be made to wait. At most `concurrency` calls
 * are in flight; while it is full, or downstream has no credit, no call is started and upstream is held back. What
 * upstream sends before it stops (at most the rest of a chunk) waits in a queue; beyond 65,536 items or 256 MiB (estimated) it
 * fails with an OverflowError. With `ordered`, at most four times `concurrency` results wait for a slower one before them.
 * The first failure fails the stage and aborts the signal of all calls, as does unsubscribing.
 *
 * @param f gets the item and a signal for its own requests
 * @throws PLAN_INVALID when `concurrency` is not a positive whole number
 * @example flow.stage('geocoded', addresses, mapAsync((address, signal) => geocode(address, { signal })))
 */
export function mapAsync<A, B>(
  f: (item: A, signal: AbortSignal) => Promise<B>,
  options: MapAsyncOptions = {},
): OperatorFunction<A, B> {
  const { concurrency = 8, ordered = true } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new PlanError(
      `mapAsync: concurrency must be a positive whole number, got ${shownOption(concurrency)}.`,
      {
        operation: 'declare stage',
        context: { concurrency },
      },
    );
  }
  return (source) =>
    new Observable<B>((subscriber) => {
      const gate = createGate();
      const left = new AbortController();
      // Every call may listen to it; Node would warn beyond ten listeners.
      setMaxListeners(0, left.signal);
      const pending = createPending<A>('mapAsync', 'map items', gate.stage);
      // Results not yet emitted, calls in flight included: in order of the items, or of completion.
      let slots: Slot<B>[] = [];
      let inFlight = 0;
      let complete = false;
      let stepping = false;
      let again = false;
      let waiting = false;

      const stop = (error: unknown): void => {
        if (!subscriber.closed) subscriber.error(error);
      };
      const mayStart = (): boolean =>
        inFlight < concurrency && slots.length < concurrency * windowFactor && gate.downstream.open;
      const start = (): void => {
        const item = pending.take();
        const slot: Slot<B> = { done: false, value: undefined };
        if (ordered) slots.push(slot);
        inFlight += 1;
        Promise.resolve(f(item, left.signal)).then((value) => {
          inFlight -= 1;
          slot.done = true;
          slot.value = value;
          if (!ordered) slots.push(slot);
          step();
        }, stop);
      };
      const emit = (): boolean => {
        let emitted = 0;
        while (slots[emitted]?.done === true && gate.downstream.open && !subscriber.closed) {
          // The slot is done, so it holds a B.
          const value = slots[emitted]?.value as B;
          emitted += 1;
          subscriber.next(value);
        }
        if (emitted > 0) slots = slots.slice(emitted);
        return emitted > 0;
      };
      const waitForCredit = (): void => {
        if (waiting || gate.downstream.open) return;
        waiting = true;
        gate.downstream.whenOpen(left.signal).then(
          () => {
            waiting = false;
            step();
          },
          (error: unknown) => stop(error),
        );
      };
      const settle = (): void => {
        const idle = pending.items === 0 && slots.length === 0 && inFlight === 0;
        if (complete && idle) {
          subscriber.complete();
          return;
        }
        if (pending.items > 0 || !mayStart()) gate.hold();
        else gate.release();
        if (pending.items > 0 || slots[0]?.done === true || !gate.downstream.open) waitForCredit();
      };
      const step = (): void => {
        // Emitting may bring the next item at once: it joins the round that is under way.
        if (stepping) {
          again = true;
          return;
        }
        stepping = true;
        try {
          do {
            again = false;
            let moved = emit();
            while (pending.items > 0 && mayStart() && !subscriber.closed) {
              start();
              moved = true;
            }
            again ||= moved;
          } while (again && !subscriber.closed);
          if (!subscriber.closed) settle();
        } catch (error) {
          stop(error);
        } finally {
          stepping = false;
        }
      };

      subscriber.add(() => {
        left.abort();
        pending.clear();
        slots = [];
        gate.release();
      });
      feedPending(source, subscriber, gate, {
        pending,
        goOn: step,
        ended: () => {
          complete = true;
        },
        stop,
      });
    });
}
