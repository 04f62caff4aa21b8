// Owns how what goes wrong without consequence in the threads of writers reaches the function that the session was opened with:
// by a channel of this process with a name of its own for each session.
import { isTailraceError, messageOf, TailraceError, type TailraceErrorInit } from '@tailrace/core';
import type { Attachment } from './attachment.js';

/** Plain data, as another thread takes it. */
interface WarningMessage {
  readonly message: string;
  readonly init: TailraceErrorInit;
}

/** What Node's channel has and its types leave out: whether it keeps the process. */
type Channel = InstanceType<typeof BroadcastChannel> & { ref(): void; unref(): void };

// Of Node, whatever its types say.
const channelOf = (sessionId: string): Channel =>
  new BroadcastChannel(`tailrace-spark-warnings/${sessionId}`) as Channel;

/** Tells the opener of a session; where that has given no function, the process is warned. */
export function warnOpener({ sessionId, warns }: Attachment, problem: unknown): void {
  if (warns !== true) {
    process.emitWarning(problem instanceof Error ? problem : messageOf(problem));
    return;
  }
  send(sessionId, messageFor(problem));
}

function send(sessionId: string, message: WarningMessage | 'last'): void {
  const channel = channelOf(sessionId);
  try {
    channel.postMessage(message);
  } finally {
    // What was sent is with whoever listens by now.
    channel.close();
  }
}

function messageFor(problem: unknown): WarningMessage {
  const { code, status, operation, context } = isTailraceError(problem)
    ? problem
    : ({ code: 'ENGINE_FAILED', status: 'permanent', operation: 'write with Spark', context: {} } as const);
  return { message: messageOf(problem), init: { code, status, operation, context } };
}

/**
 * Tells a function of the warnings of other threads, each as soon as its message is there.
 * @returns ends that, and resolves when the function was told of what had been sent before
 */
export function hearWarnings(sessionId: string, tell: (problem: TailraceError) => void): () => Promise<void> {
  const channel = channelOf(sessionId);
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  channel.onmessage = ({ data }: { readonly data: unknown }) => {
    // They were made above.
    const message = data as WarningMessage | 'last';
    if (message !== 'last') return tell(new TailraceError(message.message, message.init));
    channel.close();
    end();
  };
  // A session that nobody closes must not keep the process.
  channel.unref();
  return () => {
    channel.ref();
    // Messages come in the order in which they were sent.
    send(sessionId, 'last');
    return ended;
  };
}
