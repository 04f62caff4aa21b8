// Owns the way to another inspector: our stream as the client of its WebSocket, such as the server of @statelyai/inspect.
// Only the three messages that every XState inspector knows go there.
import { type Clock, messageOf, systemClock } from '@tailrace/core';
import { WebSocket } from 'ws';
import { isStately } from '../stream/message.js';
import type { Stream } from '../stream/stream.js';

/** Milliseconds before a connection that failed is tried again. */
const againAfterMs = 1_000;
/** Bytes that may wait for a slow receiver; beyond it messages are dropped, as an inspector may miss some. */
const mostWaitingBytes = 16 * 1_048_576;

export interface Relay {
  close(): void;
}

/**
 * Sends what has been told so far and everything from now on. It connects again when it was cut off, and then tells
 * again what is remembered. The first failure is a warning of the process.
 * @param url of the receiver: `ws://localhost:8080`
 */
export function openRelay(stream: Stream, url: string, clock: Clock = systemClock): Relay {
  let socket: WebSocket | undefined;
  let timer: unknown;
  let isClosed = false;

  let isWarned = false;
  const warn = (error: Error): void => {
    // The other side may be started later: once is enough, and none is due when we close it ourselves.
    if (isWarned || isClosed) return;
    isWarned = true;
    process.emitWarning(
      `The inspector cannot reach ${url}: ${messageOf(error)}. It tries again every second; check the option relay.`,
      { type: 'TailraceWarning', code: 'TAILRACE_INSPECTOR_RELAY' },
    );
  };

  const connect = (): void => {
    const opened = new WebSocket(url);
    opened.on('open', () => {
      for (const { message, text } of stream.history.entries()) if (isStately(message)) opened.send(text);
      // Only now: what came before is among the history.
      socket = opened;
    });
    // An error is followed by a close, which tries again.
    opened.on('error', warn);
    opened.on('close', () => {
      socket = undefined;
      if (!isClosed) timer = clock.setTimeout(connect, againAfterMs);
    });
    pending = opened;
  };
  let pending: WebSocket | undefined;
  connect();
  const stop = stream.subscribe(({ message, text }) => {
    if (socket !== undefined && isStately(message) && socket.bufferedAmount < mostWaitingBytes)
      socket.send(text);
  });

  return {
    close() {
      isClosed = true;
      stop();
      clock.clearTimeout(timer);
      pending?.terminate();
    },
  };
}
