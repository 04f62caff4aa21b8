// Owns what a late joiner is told: the last messages within a limit in bytes, and before them the actors that were
// announced earlier and live on, each with its latest state.
import type { InspectorMessage } from './message.js';
import { createRemembered, isRemembered } from './remembered.js';

export interface HistoryOptions {
  /** Bytes of messages that are kept, as UTF-16: at most 512 MiB. Default 32 MiB. */
  readonly limitBytes?: number | undefined;
  /** Living actors that are remembered beyond the last messages, in as many bytes again. Default 4,096. */
  readonly actors?: number | undefined;
}

export interface Entry {
  readonly message: InspectorMessage;
  /** JSON of the message, made once for everyone. */
  readonly text: string;
}

/**
 * What is kept of an entry. A text is one object, a message some fifty: the garbage collector would look at each of them again
 * and again, at the cost of the run.
 */
interface Held {
  readonly type: InspectorMessage['type'];
  readonly text: string;
}

export interface History {
  add(message: InspectorMessage): Entry;
  /** Everything that is remembered at the time of the call, oldest first. */
  entries(): Iterable<Entry>;
  /** Bytes of the last messages. */
  readonly bytes: number;
  /** Bytes of what is remembered beyond them: bounded by the same limit, or 1 MiB where that is more. */
  readonly bytesBeyond: number;
  /** Messages that are forgotten. */
  readonly dropped: number;
}

/** Bytes that may be remembered of living actors, however little is kept of messages. */
const leastBeyond = 1_048_576;

export function createHistory({ limitBytes = 32 * 1_048_576, actors = 4_096 }: HistoryOptions = {}): History {
  let queue: (Held | undefined)[] = [];
  let head = 0;
  let bytes = 0;
  let dropped = 0;
  const remembered = createRemembered({ actors, limitBytes: Math.max(limitBytes, leastBeyond) });

  const forgetOldest = (): void => {
    const oldest = queue[head];
    if (oldest === undefined) return;
    // Of an empty slot nothing is held, though the array keeps it for a while.
    queue[head] = undefined;
    head += 1;
    dropped += 1;
    bytes -= sizeOf(oldest);
    if (isRemembered(oldest.type)) remembered.take(messageIn(oldest.text), oldest.text.length);
    // Half of it is empty at the least, so that every entry is moved once in the mean.
    if (2 * head >= queue.length) {
      queue = queue.slice(head);
      head = 0;
    }
  };

  return {
    get bytes() {
      return bytes;
    },
    get bytesBeyond() {
      return remembered.bytes;
    },
    get dropped() {
      return dropped;
    },
    add(message) {
      const text = JSON.stringify(message);
      const held: Held = { type: message.type, text };
      queue.push(held);
      bytes += sizeOf(held);
      while (bytes > limitBytes) forgetOldest();
      return { message, text };
    },
    entries() {
      // Both at once: while a slow reader is at the first, others may be forgotten.
      return told(remembered.messages(), queue.slice(head));
    },
  };
}

function* told(
  before: readonly InspectorMessage[],
  last: readonly (Held | undefined)[],
): Generator<Entry, void, undefined> {
  for (const message of before) yield { message, text: JSON.stringify(message) };
  for (const held of last) {
    if (held === undefined) continue;
    const { text } = held;
    yield {
      text,
      get message() {
        return messageIn(text);
      },
    };
  }
}

/** Written by this file, of a message. */
const messageIn = (text: string): InspectorMessage => JSON.parse(text) as InspectorMessage;
const sizeOf = ({ text }: Held): number => 2 * text.length;
