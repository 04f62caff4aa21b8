// Owns sources over iterables and over ready-made chunks. It holds no data of its own beyond the chunk being made.
import { checkKinds, shownOption } from '../errors/check-options.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { type Clock, systemClock } from '../time/clock.js';
import { chunkAsync, chunkSync, defaultChunkItems, type Producer } from './chunked.js';
import type { Source } from './source.js';

type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/** What is known of the items beforehand, and how they are cut into chunks. */
export interface FromIterableOptions {
  /** What a person calls it. Default `iterable`. */
  readonly name?: string;
  /** Total items, for progress only. Default: the length of an array. */
  readonly totalItems?: number;
  /** Largest chunk in items. Default 1,024. */
  readonly chunkItems?: number;
  /**
   * Names what it gives, for a run that can be resumed: the same text means the same items in the same order. Example:
   * the seed of a simulation, or the version of a table.
   */
  readonly fingerprint?: string;
  /** Injected in tests. */
  readonly clock?: Clock;
}

/**
 * A source over an iterable or async iterable, or over a function that makes one.
 *
 * Arrays, sets and other collections, and functions, can be opened any number of times; a generator object only once:
 * opening it again throws SOURCE_FAILED. Sync items come in chunks of `chunkItems`, fewer when they are slow to make;
 * async items in chunks of what comes without waiting.
 *
 * @example fromIterable(() => simulate(seed), { name: 'simulation' })
 */
export function fromIterable<T>(
  from: AnyIterable<T> | (() => AnyIterable<T>),
  options: FromIterableOptions = {},
): Source<T> {
  checkKinds('fromIterable', options, { name: 'text', fingerprint: 'text' }, 'declare source');
  const name = options.name ?? 'iterable';
  const chunking = {
    chunkItems: positive(options.chunkItems ?? defaultChunkItems, name),
    clock: options.clock ?? systemClock,
  };
  const iterable = opener(from, name);
  return {
    name,
    ...fingerprinted(options.fingerprint),
    totalItems: options.totalItems ?? (Array.isArray(from) ? from.length : undefined),
    open(signal) {
      const items = iterable();
      if (isAsyncIterable(items)) return chunkAsync(() => producerOf(items), signal, chunking);
      return Array.isArray(items) ? slices<T>(items, chunking.chunkItems) : chunkSync(items, chunking);
    },
  };
}

/**
 * A source over chunks that are made elsewhere; the function is called at every open. Chunks of 1,024 to 8,192 items
 * are best; the signal is aborted when the run ends early.
 *
 * @example fromChunks((signal) => pagesOf(api, signal))
 */
export function fromChunks<T>(
  open: (signal: AbortSignal) => AsyncIterable<readonly T[]>,
  options: Pick<FromIterableOptions, 'name' | 'totalItems' | 'fingerprint'> = {},
): Source<T> {
  const { name = 'chunks', totalItems, fingerprint } = options;
  return { name, totalItems, ...fingerprinted(fingerprint), open };
}

function fingerprinted(fingerprint: string | undefined): Pick<Source<never>, 'fingerprint'> {
  return fingerprint === undefined ? {} : { fingerprint: async () => fingerprint };
}

function opener<T>(from: AnyIterable<T> | (() => AnyIterable<T>), name: string): () => AnyIterable<T> {
  if (typeof from === 'function') {
    return () => checked(from(), name);
  }
  checked(from, name);
  let opened = false;
  return () => {
    if (opened && isOneShot(from)) {
      throw new TailraceError(
        `Source '${name}' was opened a second time, but its iterator can be read only once. Give a function ` +
          'that makes a new one: fromIterable(() => ...).',
        { code: 'SOURCE_FAILED', operation: 'open source', context: { source: name } },
      );
    }
    opened = true;
    return from;
  };
}

function checked<T>(from: AnyIterable<T>, name: string): AnyIterable<T> {
  // From JavaScript anything can come; TypeScript has checked the rest.
  const given: unknown = from;
  const iterable =
    typeof given === 'string' ||
    (typeof given === 'object' &&
      given !== null &&
      (Symbol.iterator in given || Symbol.asyncIterator in given));
  if (iterable) return from;
  throw new TailraceError(
    `Source '${name}' is not iterable: got ${given === null ? 'null' : typeof given}. Give an iterable, an ` +
      'async iterable, or a function that returns one.',
    { code: 'PLAN_INVALID', operation: 'declare source', context: { source: name } },
  );
}

/** Iterators return themselves as their iterable; collections make a new one each time. */
function isOneShot(from: AnyIterable<unknown>): boolean {
  // Both sides are the same object when it is an iterator; the cast only allows the comparison.
  const self = from as unknown;
  return isAsyncIterable(from) ? from[Symbol.asyncIterator]() === self : from[Symbol.iterator]() === self;
}

function isAsyncIterable<T>(from: AnyIterable<T>): from is AsyncIterable<T> {
  return typeof from === 'object' && Symbol.asyncIterator in from;
}

function producerOf<T>(items: AsyncIterable<T>): Producer<T> {
  const iterator = items[Symbol.asyncIterator]();
  // Promise.resolve: an iterator written by hand may return plain results.
  return { next: () => Promise.resolve(iterator.next()), leave: () => iterator.return?.() };
}

async function* slices<T>(items: readonly T[], chunkItems: number): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < items.length; from += chunkItems) yield items.slice(from, from + chunkItems);
}

function positive(chunkItems: number, name: string): number {
  if (Number.isSafeInteger(chunkItems) && chunkItems > 0) return chunkItems;
  throw new TailraceError(
    `chunkItems of source '${name}' must be a positive integer, got ${shownOption(chunkItems)}.`,
    {
      code: 'PLAN_INVALID',
      operation: 'declare source',
      context: { source: name },
    },
  );
}
