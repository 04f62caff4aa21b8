// Owns what a push source holds while its consumer is busy: applies the overflow policy to every item that comes.
import { OverflowError } from '../errors/named-errors.js';
import { defaultChunkItems } from './chunked.js';
import { createItemQueue, type ItemQueue } from './item-queue.js';
import type { OverflowPolicy } from './overflow.js';
import { createSpillFiles, type SpillFiles } from './spill-files.js';

/** Spilled chunks end at this many bytes, so that one large item does not gather many others around it. */
const spillChunkBytes = 1_024 * 1_024;

export interface PushBuffer<T> {
  /** Items in memory and on disk. */
  readonly items: number;
  /** Bytes in memory, by the policy's `sizeOf`. */
  readonly bytes: number;
  /** The most that `bytes` has been. */
  readonly peakBytes: number;
  readonly spilledItems: number;
  readonly spilledBytes: number;
  readonly droppedItems: number;
  /** Takes an item, or drops one, or throws OVERFLOW. */
  push(item: T): void;
  /** The next items, oldest first; empty when there are none. */
  take(): Promise<readonly T[]>;
  /** Forgets everything and removes scratch files. */
  close(): Promise<void>;
}

/**
 * @param onDrop called with each dropped item
 */
export function createPushBuffer<T>(
  name: string,
  policy: OverflowPolicy<T>,
  onDrop: ((item: T) => void) | undefined,
): PushBuffer<T> {
  const head = createItemQueue<T>();
  // With `spill`: items newer than those on disk, until they fill a chunk.
  const tail = createItemQueue<T>();
  const files: SpillFiles<T> = createSpillFiles({
    name,
    limitBytes: policy.diskBytes,
    directory: policy.directory,
  });
  let droppedItems = 0;
  let peakBytes = 0;

  const drop = (item: T): void => {
    droppedItems += 1;
    onDrop?.(item);
  };
  // A single item larger than the limit is admitted alone.
  const fits = (queue: ItemQueue<T>, size: number): boolean =>
    queue.items < policy.maxItems && (queue.items === 0 || queue.bytes + size <= policy.maxBytes);

  const pushSpilling = (item: T, size: number): void => {
    if (files.items === 0 && tail.items === 0 && fits(head, size)) {
      head.push(item, size);
      return;
    }
    tail.push(item, size);
    if (tail.items >= defaultChunkItems || tail.bytes >= spillChunkBytes) {
      files.write(tail.take(tail.items));
    }
  };

  return {
    get items() {
      return head.items + files.items + tail.items;
    },
    get bytes() {
      return head.bytes + tail.bytes;
    },
    get peakBytes() {
      return peakBytes;
    },
    get spilledItems() {
      return files.items;
    },
    get spilledBytes() {
      return files.bytes;
    },
    get droppedItems() {
      return droppedItems;
    },
    push(item) {
      const size = policy.sizeOf(item);
      if (policy.kind === 'spill') {
        pushSpilling(item, size);
      } else if (fits(head, size)) {
        head.push(item, size);
      } else if (policy.kind === 'dropNewest') {
        drop(item);
      } else if (policy.kind === 'dropOldest') {
        while (!fits(head, size)) {
          for (const oldest of head.take(1)) drop(oldest);
        }
        head.push(item, size);
      } else {
        throw overflow(name, policy, head);
      }
      peakBytes = Math.max(peakBytes, head.bytes + tail.bytes);
    },
    async take() {
      if (head.items > 0) return head.take(defaultChunkItems);
      // Decided before anything is awaited: meanwhile a burst may write the tail out, and newer items take its place.
      if (files.items === 0) return tail.take(defaultChunkItems);
      return (await files.read()) ?? [];
    },
    async close() {
      head.clear();
      tail.clear();
      await files.close();
    },
  };
}

function overflow<T>(name: string, policy: OverflowPolicy<T>, held: ItemQueue<T>): OverflowError {
  return new OverflowError(
    `Push source '${name}' overran its consumer: ${held.items} items (${held.bytes} bytes) wait and its ` +
      `overflow policy is '${policy.kind}'. Raise the limit, or choose dropOldest, dropNewest or spill.`,
    {
      operation: 'receive item',
      context: { source: name, policy: policy.kind, heldItems: held.items, heldBytes: held.bytes },
    },
  );
}
