// Owns what is taken from other XState apps: their messages, checked, cut to size, with ids that never collide with ours,
// and what is known of their actors while they are connected.
import type { ActorMessage, Plain, SnapshotMessage, StatelyMessage } from './message.js';
import { type PlainLimits, toPlain } from './plain.js';
import { messageVersion } from './to-messages.js';

const textOf = (value: unknown, most = 500): string | undefined =>
  typeof value === 'string' ? value.slice(0, most) : undefined;

/** Characters of a chart's JSON that are kept; a longer one is left out, as half of it could not be read. */
const longestDefinition = 500_000;

/**
 * A message of another app under the prefix of its connection, or undefined when it is none.
 * @param wallTime milliseconds since 1970, for senders that do not say when
 */
export function readForeign(
  text: string,
  source: string,
  wallTime: () => number,
  limits: PlainLimits = {},
): StatelyMessage | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // Whoever holds the token may send what is no JSON; it is no message.
    return undefined;
  }
  if (typeof data !== 'object' || data === null) return undefined;
  const field = (name: string): unknown => (Object.hasOwn(data, name) ? Reflect.get(data, name) : undefined);
  const sessionId = textOf(field('sessionId'));
  if (sessionId === undefined) return undefined;
  const own = (id: unknown): string | undefined => {
    const known = textOf(id);
    return known === undefined ? undefined : `${source}/${known}`;
  };
  const createdAt = textOf(field('createdAt'), 20);
  const base = {
    sessionId: `${source}/${sessionId}`,
    // The official client calls the root of what is told by hand `anonymous`, and gives a root itself none.
    rootId: own(field('rootId')) ?? `${source}/${sessionId}`,
    createdAt:
      createdAt !== undefined && /^\d{1,15}$/.test(createdAt) ? createdAt : String(Math.round(wallTime())),
    id: null,
    _version: messageVersion,
  };
  const plain = (name: string): Plain => toPlain(field(name), limits);
  switch (field('type')) {
    case '@xstate.actor': {
      const definition = textOf(field('definition'), longestDefinition + 1);
      const isWhole = definition !== undefined && definition.length <= longestDefinition;
      const name = textOf(field('name')) ?? sessionId;
      return {
        type: '@xstate.actor',
        ...base,
        name,
        parentId: own(field('parentId')),
        definition: isWhole ? definition : JSON.stringify({ id: name }),
        snapshot: plain('snapshot'),
      };
    }
    case '@xstate.event':
      return { type: '@xstate.event', ...base, event: plain('event'), sourceId: own(field('sourceId')) };
    case '@xstate.snapshot':
      return { type: '@xstate.snapshot', ...base, event: plain('event'), snapshot: plain('snapshot') };
    default:
      return undefined;
  }
}

/** Living actors of one app that are known; of more the oldest are forgotten. */
const mostKnown = 4_096;

/** Other apps, each by its source: the prefix of its connection. */
export interface ForeignApps {
  /** What is to be told for a message: an actor that nobody has announced, as after a new connection, comes first. */
  take(message: StatelyMessage, source: string): readonly StatelyMessage[];
  /** What is to be told when a connection has ended: nobody will say any more how its actors end. */
  end(source: string): readonly SnapshotMessage[];
}

export function createForeignApps(wallTime: () => number): ForeignApps {
  /** Roots of living actors, by source and session id. */
  const known = new Map<string, Map<string, string>>();

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

  return {
    take(message, source) {
      const { sessionId, rootId } = message;
      switch (message.type) {
        case '@xstate.event':
          return [message];
        case '@xstate.actor':
          isNew(sessionId, rootId, source);
          return [message];
        case '@xstate.snapshot': {
          const isOver = statusOf(message.snapshot) !== 'active';
          const announced = isNew(sessionId, rootId, source) ? [announcementOf(message, source)] : [];
          if (isOver) known.get(source)?.delete(sessionId);
          return [...announced, message];
        }
      }
    },
    end(source) {
      const own = known.get(source) ?? new Map<string, string>();
      known.delete(source);
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

/** Stands for the message that was sent to an earlier connection, or to nobody. */
function announcementOf({ sessionId, rootId, createdAt }: SnapshotMessage, source: string): ActorMessage {
  const name = sessionId.slice(source.length + 1);
  return {
    type: '@xstate.actor',
    sessionId,
    rootId,
    createdAt,
    id: null,
    _version: messageVersion,
    name,
    definition: JSON.stringify({ id: name }),
    snapshot: { status: 'active' },
  };
}

function statusOf(snapshot: Plain): string {
  const status: unknown =
    typeof snapshot === 'object' && snapshot !== null ? Reflect.get(snapshot, 'status') : undefined;
  return typeof status === 'string' ? status : 'active';
}
