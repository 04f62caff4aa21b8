// Owns the gathering of single items into chunks, without ever delaying an item for the sake of a fuller chunk.
import type { Clock } from '../time/clock.js';
import { abortable } from './abortable.js';
import { createPace } from './pace.js';

/** Items per chunk when a source gives them one by one: in the range that is fastest through RxJS (1,024 to 8,192). */
export const defaultChunkItems = 1_024;

/** Gathering ends after this many milliseconds, so that a slow producer cannot hold the event loop for a whole chunk. */
const gatherTurnMs = 4;

export interface ChunkOptions {
  readonly chunkItems: number;
  readonly clock: Clock;
}

/** Chunks of a synchronous iterable; its iterator is closed when the iteration is left early. */
export async function* chunkSync<T>(items: Iterable<T>, options: ChunkOptions): AsyncGenerator<readonly T[]> {
  const pace = createPace(options.clock, gatherTurnMs);
  let chunk: T[] = [];
  let failure: { readonly error: unknown } | undefined;
  try {
    for (const item of items) {
      chunk.push(item);
      if (chunk.length >= options.chunkItems || pace.due()) {
        yield chunk;
        chunk = [];
        pace.restart();
      }
    }
  } catch (error) {
    failure = { error };
  }
  // What came before an error is delivered before it.
  if (chunk.length > 0) yield chunk;
  if (failure !== undefined) throw failure.error;
}

/** One-by-one production: what `chunkAsync` needs of an iterator, a stream or a reader. */
export interface Producer<T> {
  next(): Promise<IteratorResult<T, unknown>>;
  /** Frees the resource; called once when the items are not read to their end. */
  leave(): unknown;
}

/**
 * Chunks of an asynchronous producer: a chunk is what comes without waiting, within one turn of the event loop. At most
 * one item is asked for ahead of need.
 */
export function chunkAsync<T>(
  open: () => Producer<T>,
  signal: AbortSignal,
  options: ChunkOptions,
): AsyncIterable<readonly T[]> {
  return {
    [Symbol.asyncIterator]() {
      let producer: Producer<T> | undefined;
      let asked: Promise<IteratorResult<T, unknown>> | undefined;
      let done = false;
      const pace = createPace(options.clock, gatherTurnMs);

      const ask = (from: Producer<T>): Promise<IteratorResult<T, unknown>> => {
        asked ??= from.next();
        return asked;
      };
      const leave = async (): Promise<void> => {
        if (done) return;
        done = true;
        // Asked ahead of need and now unwanted: its error, if any, concerns nobody.
        asked?.catch(() => undefined);
        await producer?.leave();
      };
      const gather = async (from: Producer<T>): Promise<T[]> => {
        const chunk: T[] = [];
        const turnOver = options.clock.yield();
        pace.restart();
        while (chunk.length < options.chunkItems) {
          const next = ask(from);
          const result = await (chunk.length === 0 ? abortable(next, signal) : settledFirst(next, turnOver));
          // Still under way, or failed: the next call takes it up again.
          if (result === undefined) break;
          asked = undefined;
          if (result.done === true) {
            done = true;
            break;
          }
          chunk.push(result.value);
          if (pace.due()) break;
        }
        return chunk;
      };
      return {
        async next() {
          if (done) return { done: true, value: undefined };
          try {
            producer ??= open();
            const chunk = await gather(producer);
            return chunk.length > 0 ? { done: false, value: chunk } : { done: true, value: undefined };
          } catch (error) {
            if (signal.aborted) await leave();
            done = true;
            throw error;
          }
        },
        async return() {
          await leave();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** The result if it comes before `turnOver`; undefined otherwise, also when it comes as an error. */
async function settledFirst<R>(next: Promise<R>, turnOver: Promise<void>): Promise<R | undefined> {
  try {
    return (await Promise.race([next, turnOver])) ?? undefined;
  } catch {
    // The caller still holds `next` and awaits it again, which throws then.
    return undefined;
  }
}
