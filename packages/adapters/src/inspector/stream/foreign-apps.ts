// Owns what is known of the actors of other apps: which live on a connection, and what is to be told when one ends and when
// its app comes back.
import { createAnnouncements } from './announcements.js';
import type { ActorMessage, Plain, SnapshotMessage, StatelyMessage } from './message.js';
import { messageVersion } from './to-messages.js';

/** Living actors of one connection that are known; of more the oldest are forgotten. */
const mostKnown = 4_096;

/** Other apps, each by its source: the prefix of its connection. */
export interface ForeignApps {
  /**
   * What is to be told for a message: an actor that this connection has not announced comes first. An official client does so
   * once only, so that after a new connection it is taken from what an earlier one has said.
   */
  take(message: StatelyMessage, source: string): readonly StatelyMessage[];
  /** What is to be told when a connection has ended: nobody will say any more how its actors end. */
  end(source: string): readonly SnapshotMessage[];
}

export function createForeignApps(wallTime: () => number): ForeignApps {
  /** Roots of living actors, by source and session id. */
  const known = new Map<string, Map<string, string>>();
  const announced = createAnnouncements();

  const isNew = (id: string, rootId: string, source: string): boolean => {
    const own = known.get(source) ?? new Map<string, string>();
    known.set(source, own);
    if (own.has(id)) return false;
    own.set(id, rootId);
    for (const oldest of own.keys()) {
      if (own.size <= mostKnown) break;
      own.delete(oldest);
    }
    return true;
  };

  /** Stands for the message that was sent to an earlier connection, or to nobody. */
  const announcementOf = (
    { sessionId, rootId, createdAt, snapshot }: SnapshotMessage,
    source: string,
  ): ActorMessage => {
    const id = sessionId.slice(source.length + 1);
    const earlier = announced.take(id, snapshot);
    const { name = id, definition = JSON.stringify({ id }), parent } = earlier ?? {};
    return {
      type: '@xstate.actor',
      sessionId,
      rootId,
      createdAt,
      id: null,
      _version: messageVersion,
      name,
      parentId: parent === undefined ? undefined : `${source}/${parent}`,
      definition,
      snapshot: { status: 'active' },
    };
  };

  return {
    take(message, source) {
      const { sessionId, rootId } = message;
      switch (message.type) {
        case '@xstate.event':
          return [message];
        case '@xstate.actor':
          isNew(sessionId, rootId, source);
          announced.keep(message, source);
          return [message];
        case '@xstate.snapshot': {
          const isOver = statusOf(message.snapshot) !== 'active';
          const first = isNew(sessionId, rootId, source) ? [announcementOf(message, source)] : [];
          for (const each of first) announced.keep(each, source);
          if (isOver) {
            known.get(source)?.delete(sessionId);
            announced.forget(sessionId);
          }
          return [...first, message];
        }
      }
    },
    end(source) {
      const own = known.get(source) ?? new Map<string, string>();
      known.delete(source);
      announced.end(source);
      return Array.from(own, ([sessionId, rootId]) => ({
        type: '@xstate.snapshot',
        sessionId,
        rootId,
        createdAt: String(Math.round(wallTime())),
        id: null,
        _version: messageVersion,
        event: { type: 'connection closed' },
        snapshot: { status: 'stopped' },
      }));
    },
  };
}

function statusOf(snapshot: Plain): string {
  const status: unknown =
    typeof snapshot === 'object' && snapshot !== null ? Reflect.get(snapshot, 'status') : undefined;
  return typeof status === 'string' ? status : 'active';
}
