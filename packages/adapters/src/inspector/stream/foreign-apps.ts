// Owns what is known of the actors of other apps: which live on a connection, and what is to be told when one ends and when
// its app comes back.
import { type Announced, createAnnouncements, hasStates } from './announcements.js';
import {
  type ActorMessage,
  hasEnded,
  type Plain,
  type SnapshotMessage,
  type StatelyMessage,
} from './message.js';
import { type CopyOptions, toPlain } from './plain.js';
import { messageVersion } from './to-messages.js';

/** Bytes as UTF-16 of ids of living actors of one connection: those of some 40,000. */
const mostKnownBytes = 2 * 1_048_576;

/** What is known of a connection. */
interface Connection {
  /** Roots of living actors, by session id; the one that has spoken last is the last. */
  readonly roots: Map<string, string>;
  bytes: number;
  /** There were too many: an actor that is not known may have been announced. */
  hasForgotten: boolean;
}

/** Other apps, each by its source: the prefix of its connection. */
export interface ForeignApps {
  /**
   * What is to be told for a message: an actor that this connection has not announced comes first. An official client does so
   * once only, so that after a new connection it is taken from what an earlier one has said. Events of actors that do not live
   * are left out: nobody could say whose they are.
   */
  take(message: StatelyMessage, source: string): readonly StatelyMessage[];
  /** What is to be told when a connection has ended: nobody will say any more how its actors end. */
  end(source: string): readonly SnapshotMessage[];
}

/** @param knownBytes of ids of living actors of each connection; those that have not spoken for longest are forgotten first */
export function createForeignApps(
  wallTime: () => number,
  limits: CopyOptions = {},
  knownBytes = mostKnownBytes,
): ForeignApps {
  const connections = new Map<string, Connection>();
  const announced = createAnnouncements();

  const connectionOf = (source: string): Connection => {
    const known = connections.get(source);
    if (known !== undefined) return known;
    const connection: Connection = { roots: new Map(), bytes: 0, hasForgotten: false };
    connections.set(source, connection);
    return connection;
  };
  const forget = (connection: Connection, id: string): void => {
    const rootId = connection.roots.get(id);
    if (rootId === undefined) return;
    connection.roots.delete(id);
    connection.bytes -= 2 * (id.length + rootId.length);
  };
  /** An actor is alive; answers whether that is new. */
  const note = (connection: Connection, id: string, rootId: string): boolean => {
    const isNew = !connection.roots.has(id);
    forget(connection, id);
    connection.roots.set(id, rootId);
    connection.bytes += 2 * (id.length + rootId.length);
    for (const oldest of connection.roots.keys()) {
      if (connection.bytes <= knownBytes) break;
      forget(connection, oldest);
      connection.hasForgotten = true;
    }
    return isNew;
  };

  const isKnown = (id: string, source: string): boolean => {
    const { roots, hasForgotten } = connectionOf(source);
    return hasForgotten || roots.has(id);
  };

  /** Stands for the message that was sent to an earlier connection, or to nobody. */
  const announcementOf = (
    { sessionId, rootId, createdAt }: SnapshotMessage,
    source: string,
    earlier: Announced | undefined,
  ): ActorMessage => {
    const id = sessionId.slice(source.length + 1);
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

  /** What comes before a snapshot of an actor that this connection has not spoken of. */
  const announcing = (message: SnapshotMessage, source: string, isLast: boolean): readonly ActorMessage[] => {
    const earlier = announced.take(message.sessionId.slice(source.length + 1), message.snapshot);
    // With less than it has said, an actor is announced only where it cannot have said it to us.
    if (earlier === undefined && (isLast || connectionOf(source).hasForgotten)) return [];
    const first = announcementOf(message, source, earlier);
    announced.keep(first, source);
    return [first];
  };

  const takeActor = (message: ActorMessage, source: string): ActorMessage => {
    if (hasEnded(message.snapshot)) {
      forget(connectionOf(source), message.sessionId);
      announced.forget(message.sessionId);
    } else {
      note(connectionOf(source), message.sessionId, message.rootId);
      announced.keep(message, source);
    }
    return { ...message, snapshot: withStatesOnly(message.snapshot, message.definition, limits) };
  };

  const takeSnapshot = (message: SnapshotMessage, source: string): readonly StatelyMessage[] => {
    const { sessionId, rootId, snapshot } = message;
    const connection = connectionOf(source);
    const isLast = hasEnded(snapshot);
    const isNew = note(connection, sessionId, rootId);
    const own = announced.of(sessionId);
    const first = isNew && own === undefined ? announcing(message, source, isLast) : [];
    const definition = own?.definition ?? first[0]?.definition ?? '';
    if (isLast) {
      forget(connection, sessionId);
      announced.forget(sessionId);
    }
    return [...first, { ...message, snapshot: withStatesOnly(snapshot, definition, limits) }];
  };

  return {
    take(message, source) {
      switch (message.type) {
        case '@xstate.event':
          return isKnown(message.sessionId, source) ? [message] : [];
        case '@xstate.actor':
          return [takeActor(message, source)];
        case '@xstate.snapshot':
          return takeSnapshot(message, source);
      }
    },
    end(source) {
      const own = connectionOf(source).roots;
      connections.delete(source);
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

/**
 * A snapshot whose value has no credentials. States may be called as credentials are, and only a chart tells them from
 * properties: apps may send the snapshots of any logic.
 */
function withStatesOnly(snapshot: Plain, definition: string, limits: CopyOptions): Plain {
  if (typeof snapshot !== 'object' || snapshot === null || !Object.hasOwn(snapshot, 'value')) return snapshot;
  // Own fields of plain data are plain data.
  const value = Reflect.get(snapshot, 'value') as Plain;
  const masked = toPlain(value, limits);
  // Charts are read for those few only that would look otherwise.
  if (JSON.stringify(masked) === JSON.stringify(value) || hasStates(definition, value)) return snapshot;
  return { ...snapshot, value: masked };
}
