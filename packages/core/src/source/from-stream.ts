// Owns sources over Node and web streams: reads on demand, and destroys or cancels the stream when it is left early.
import type { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { TailraceError } from '../errors/tailrace-error.js';
import { type Clock, systemClock } from '../time/clock.js';
import { chunkAsync, defaultChunkItems, type Producer } from './chunked.js';
import type { Source } from './source.js';

/** What is known of the stream beforehand. */
export interface FromStreamOptions {
  /** What a person calls it. Default `stream`. */
  readonly name?: string;
  /** Total items, for progress only. */
  readonly totalItems?: number;
  /** Injected in tests. */
  readonly clock?: Clock;
}

/** What a stream gives at a time: one item, or an array that is a chunk of items already. Default `item`. */
export type StreamElements = 'item' | 'chunk';

/**
 * A source over a Node Readable or a web ReadableStream. The function is called at every open and must make a new
 * stream each time. Reading is on demand: what the stream buffers itself is set by its own highWaterMark.
 *
 * @param open makes the stream; object mode for items, bytes come as Buffer or Uint8Array
 * @param options `elements: 'chunk'` when each element of the stream is an array of items
 * @example fromStream(() => client.queryStream(sql), { name: 'orders' })
 */
export function fromStream<T>(
  open: () => Readable | ReadableStream<readonly T[]>,
  options: FromStreamOptions & { readonly elements: 'chunk' },
): Source<T>;
export function fromStream<T>(
  open: () => Readable | ReadableStream<T>,
  options?: FromStreamOptions & { readonly elements?: 'item' },
): Source<T>;
export function fromStream<T>(
  open: () => Readable | ReadableStream<T> | ReadableStream<readonly T[]>,
  options: FromStreamOptions & { readonly elements?: StreamElements } = {},
): Source<T> {
  const name = options.name ?? 'stream';
  const clock = options.clock ?? systemClock;
  return {
    name,
    totalItems: options.totalItems,
    open(signal) {
      // The overloads tie the element type of the stream to `elements`.
      if (options.elements === 'chunk') {
        return flattened(
          chunkAsync(() => producerOf(open() as Readable | ReadableStream<readonly T[]>, name), signal, {
            chunkItems: 1,
            clock,
          }),
          name,
        );
      }
      return chunkAsync(() => producerOf(open() as Readable | ReadableStream<T>, name), signal, {
        chunkItems: defaultChunkItems,
        clock,
      });
    },
  };
}

async function* flattened<T>(
  groups: AsyncIterable<readonly (readonly T[])[]>,
  name: string,
): AsyncGenerator<readonly T[]> {
  for await (const group of groups) {
    for (const chunk of group) {
      if (!Array.isArray(chunk)) {
        throw new TailraceError(
          `Stream '${name}' was declared with elements: 'chunk' but gave ${typeof chunk}, not an array. Use elements: 'item'.`,
          { code: 'SOURCE_FAILED', operation: 'read source', context: { source: name } },
        );
      }
      yield chunk;
    }
  }
}

function producerOf<T>(stream: Readable | ReadableStream<T>, name: string): Producer<T> {
  // From JavaScript anything can come; TypeScript has checked the rest.
  const given: unknown = stream;
  if (typeof given === 'object' && given !== null) {
    if ('getReader' in stream) return webProducer(stream);
    if (typeof stream.destroy === 'function' && Symbol.asyncIterator in stream) return nodeProducer(stream);
  }
  throw new TailraceError(
    `Source '${name}' did not get a stream but ${given === null ? 'null' : typeof given}. Return a Node ` +
      'Readable or a web ReadableStream.',
    { code: 'SOURCE_FAILED', operation: 'open source', context: { source: name } },
  );
}

/** The stream's own async iterator would queue return() behind a read that waits, so the stream is destroyed directly. */
function nodeProducer<T>(stream: Readable): Producer<T> {
  const iterator: AsyncIterator<T> = stream[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    leave: () => {
      // Destroying may make the stream emit an error nobody waits for any more.
      stream.on('error', () => undefined);
      stream.destroy();
    },
  };
}

function webProducer<T>(stream: ReadableStream<T>): Producer<T> {
  const reader = stream.getReader();
  return {
    next: async () => {
      const result = await reader.read();
      return result.done ? { done: true, value: undefined } : { done: false, value: result.value };
    },
    leave: () => reader.cancel(),
  };
}
