// Owns the expansion of items under credit: iterates what a function makes of each item, as fast as downstream takes it.
import { Observable, type OperatorFunction } from 'rxjs';
import { feedPending } from './feed-pending.js';
import { createGate } from './gate.js';
import { createPace } from './pace.js';
import { createPending } from './pending.js';

/**
 * Expands every item into the items of an iterable, in order, one input after the other: `concatMap` that can be made
 * to wait. Within a run it emits only while downstream has credit, gives the event loop its turn every 5 ms, and holds
 * its upstream back while an expansion is under way; what upstream sends before it stops (at most the rest of a chunk)
 * waits in a queue, and beyond 65,536 items or 256 MiB (estimated) it fails with an OverflowError. Outside a run it is
 * `concatMap`.
 * Iterators are closed on unsubscribe and on error.
 *
 * @param expand called once per item; generators are read lazily
 * @example flow.stage('readings', stations, pulled((station) => readingsOf(station)))
 */
export function pulled<A, B>(expand: (item: A) => Iterable<B> | AsyncIterable<B>): OperatorFunction<A, B> {
  return (source) =>
    new Observable<B>((subscriber) => {
      const gate = createGate();
      const pace = createPace(gate.clock);
      const left = new AbortController();
      const pending = createPending<A>('pulled', 'expand items', gate.stage);
      let current: Expansion<B> | undefined;
      let running = false;
      let complete = false;

      const stop = (error: unknown): void => {
        if (!subscriber.closed) subscriber.error(error);
      };
      const takeNext = (): Expansion<B> | undefined => {
        if (pending.items === 0) return undefined;
        return expansionOf(expand(pending.take()));
      };
      // Emits until everything is done (returns undefined) or something must be waited for (returns that).
      const emit = (): Promise<unknown> | undefined => {
        while (!subscriber.closed) {
          current ??= takeNext();
          if (current === undefined) return undefined;
          if (!gate.downstream.open) return gate.downstream.whenOpen(left.signal).then(pace.restart);
          // Outside a run nobody would hold the upstream back meanwhile.
          if (gate.connected && pace.due()) return gate.clock.yield().then(pace.restart);
          const result = current.next();
          if (result instanceof Promise) return result.then(take);
          take(result);
        }
        return undefined;
      };
      const take = (result: IteratorResult<B, unknown>): void => {
        if (subscriber.closed) return;
        if (result.done === true) current = undefined;
        else subscriber.next(result.value);
      };
      const waitAndResume = async (first: Promise<unknown>): Promise<void> => {
        let waiting: Promise<unknown> | undefined = first;
        gate.hold();
        while (waiting !== undefined) {
          await waiting;
          waiting = emit();
        }
        settle();
      };
      const settle = (): void => {
        running = false;
        gate.release();
        if (complete && !subscriber.closed) subscriber.complete();
      };
      const run = (): void => {
        if (running) return;
        running = true;
        try {
          pace.restart();
          const waiting = emit();
          if (waiting === undefined) settle();
          else waitAndResume(waiting).catch(stop);
        } catch (error) {
          stop(error);
        }
      };

      subscriber.add(() => {
        left.abort();
        pending.clear();
        const open = current;
        current = undefined;
        gate.release();
        open?.close();
      });
      feedPending(source, subscriber, gate, {
        pending,
        goOn: run,
        ended: () => {
          complete = true;
        },
        stop,
      });
    });
}

interface Expansion<B> {
  next(): IteratorResult<B, unknown> | Promise<IteratorResult<B, unknown>>;
  close(): void;
}

function expansionOf<B>(made: Iterable<B> | AsyncIterable<B>): Expansion<B> {
  if (typeof made === 'object' && Symbol.asyncIterator in made) {
    const iterator = made[Symbol.asyncIterator]();
    return {
      // Promise.resolve: an iterator written by hand may return plain results.
      next: () => Promise.resolve(iterator.next()),
      close() {
        // Nobody waits for the closing of what was unsubscribed; an error there concerns nobody either.
        Promise.resolve(iterator.return?.()).catch(() => undefined);
      },
    };
  }
  const iterator = made[Symbol.iterator]();
  return {
    next: () => iterator.next(),
    close: () => {
      iterator.return?.();
    },
  };
}
