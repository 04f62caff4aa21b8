// Owns the way of messages to one page: no faster than it takes them, in their order, what was remembered first. A page that
// lags too far behind is sent away; it comes back, and is told the state so far.
import type { WebSocket } from 'ws';

export interface Feed {
  tell(text: string): void;
  /** Hands over all that waits, as nothing will follow. */
  finish(): void;
}

/** What is used of a WebSocket. */
export type FeedSocket = Pick<WebSocket, 'bufferedAmount' | 'readyState' | 'OPEN' | 'send' | 'terminate'>;

export interface FeedLimits {
  /** Bytes that are handed to the socket before it has sent them. Default 1 MiB. */
  readonly handedBytes?: number | undefined;
  /** Bytes, as UTF-16, that may wait beside the greeting. Default 64 MiB. */
  readonly waitingBytes?: number | undefined;
}

/** @param greeting what is told first, oldest first; it is read as the socket takes it */
export function openFeed(
  socket: FeedSocket,
  greeting: Iterable<string>,
  { handedBytes = 1_048_576, waitingBytes = 64 * 1_048_576 }: FeedLimits = {},
): Feed {
  const remembered = greeting[Symbol.iterator]();
  let isGreeted = false;
  let waiting: string[] = [];
  let head = 0;
  let bytes = 0;

  const next = (): string | undefined => {
    if (!isGreeted) {
      const { done, value } = remembered.next();
      if (done !== true) return value;
      isGreeted = true;
    }
    const text = waiting[head];
    if (text === undefined) return undefined;
    waiting[head] = '';
    head += 1;
    bytes -= sizeOf(text);
    // Half of it is spent at the least, so that every text is moved once in the mean.
    if (2 * head >= waiting.length) {
      waiting = waiting.slice(head);
      head = 0;
    }
    return text;
  };
  const onSent = (error?: Error | null): void => {
    // An error is followed by the close of the socket.
    if (error === undefined || error === null) pump();
  };
  const pump = (): void => {
    // Whatever is above the limit has a callback to come, which goes on.
    while (socket.readyState === socket.OPEN && socket.bufferedAmount < handedBytes) {
      const text = next();
      if (text === undefined) return;
      socket.send(text, onSent);
    }
  };
  pump();
  return {
    tell(text) {
      waiting.push(text);
      bytes += sizeOf(text);
      if (bytes > waitingBytes) socket.terminate();
      else pump();
    },
    finish() {
      for (let text = next(); text !== undefined; text = next()) socket.send(text, onSent);
    },
  };
}

const sizeOf = (text: string): number => 2 * text.length;
