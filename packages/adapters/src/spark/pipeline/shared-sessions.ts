// Owns one connection per session in a thread: opened for the first write that uses it, closed behind the last. The id alone is not the
// session: each server has its own sessions, and each user of one.
import { CancelledError } from '@tailrace/core';
import type { Attachment } from '../session/attachment.js';
import type { SparkSession } from '../session/spark-session.js';

interface Shared {
  users: number;
  readonly session: Promise<SparkSession>;
  /** Aborted when nobody waits for the connection any more. */
  readonly leaving: AbortController;
}

export type WithSession = <T>(
  attachment: Attachment,
  signal: AbortSignal,
  use: (spark: SparkSession) => Promise<T>,
) => Promise<T>;

/** @param warn told of a connection that could not be closed: what it was used for is settled by then */
export function createSharedSessions(
  attach: (attachment: Attachment, signal: AbortSignal) => Promise<SparkSession>,
  warn: (attachment: Attachment, error: unknown) => void,
): WithSession {
  const known = new Map<string, Shared>();
  const join = (attachment: Attachment, key: string): Shared => {
    const there = known.get(key);
    if (there !== undefined) return there;
    const leaving = new AbortController();
    const made = { users: 0, session: attach(attachment, leaving.signal), leaving };
    known.set(key, made);
    return made;
  };
  const close = async (attachment: Attachment, { session, leaving }: Shared): Promise<void> => {
    leaving.abort();
    const opened = await session.catch(() => undefined); // Whoever waited for it was told why.
    try {
      await opened?.close();
    } catch (error) {
      warn(attachment, error);
    }
  };
  return async (attachment, signal, use) => {
    // Plain data, made in one order: whatever tells servers, users and their connections apart.
    const key = JSON.stringify(attachment);
    const shared = join(attachment, key);
    shared.users += 1;
    let isDone = false;
    try {
      const result = await use(await unless(signal, shared.session));
      isDone = true;
      return result;
    } finally {
      shared.users -= 1;
      if (shared.users === 0) {
        known.delete(key);
        const closed = close(attachment, shared);
        // What has failed or was cancelled is told at once: a server that is slow to let go must not cost the writer its grace.
        if (isDone) await closed;
      }
    }
  };
}

/** What the work gives, unless the signal is aborted first. The work itself goes on: others may wait for it. */
function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void =>
      reject(
        new CancelledError('Cancelled while connecting to Spark.', {
          operation: 'connect to spark',
          cause: signal.reason,
        }),
      );
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
