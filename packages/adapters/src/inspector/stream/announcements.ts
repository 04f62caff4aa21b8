// Owns how other apps have announced their actors, so that these keep their charts over a new connection. It is bounded in
// bytes, and in actors.
import { activePaths, chartOf } from '../model/chart.js';
import type { ActorMessage, Plain } from './message.js';

export interface AnnouncementsOptions {
  /** Default 16,384; those go first that were not used for longest. */
  readonly actors?: number | undefined;
  /** Bytes as UTF-16. Default 16 MiB; the same go first. */
  readonly limitBytes?: number | undefined;
}

/** What is known of an actor; its ids are those that its app gave. */
export interface Announced {
  readonly source: string;
  readonly id: string;
  readonly parent: string | undefined;
  readonly name: string;
  readonly definition: string;
}

export interface Announcements {
  keep(message: ActorMessage, source: string): void;
  /** How an actor was announced over a connection that has not ended; it counts as used. */
  of(sessionId: string): Announced | undefined;
  /** An actor has ended: it will not come back. */
  forget(sessionId: string): void;
  /** A connection has ended, and its actors may come back over another one. */
  end(source: string): void;
  /**
   * The latest of the ended connections with such an id whose chart has the states of the snapshot; it is given once. Ids are
   * counted in each process, and connections do not say from which they come: an id alone may be that of another app's actor.
   */
  take(id: string, snapshot: Plain): Announced | undefined;
}

/** Of those with the same id, how many are looked at. */
const mostCandidates = 32;

export function createAnnouncements({
  actors = 16_384,
  limitBytes = 16 * 1_048_576,
}: AnnouncementsOptions = {}): Announcements {
  /** By session id with its source; the one used last is the last. */
  const kept = new Map<string, Announced & { readonly bytes: number }>();
  /** Session ids of those whose connection has ended, by the id that their app gave; the latest is the last. */
  const gone = new Map<string, Set<string>>();
  let bytes = 0;

  const isGone = (sessionId: string, id: string): boolean => gone.get(id)?.has(sessionId) === true;
  const drop = (sessionId: string): void => {
    const known = kept.get(sessionId);
    if (known === undefined) return;
    bytes -= known.bytes;
    kept.delete(sessionId);
    const alike = gone.get(known.id);
    alike?.delete(sessionId);
    if (alike?.size === 0) gone.delete(known.id);
  };

  return {
    keep({ sessionId, parentId, name, definition }, source) {
      drop(sessionId);
      const ownId = (of: string): string => of.slice(source.length + 1);
      const parent = parentId === undefined ? undefined : ownId(parentId);
      const size = 2 * (sessionId.length + (parentId?.length ?? 0) + name.length + definition.length);
      kept.set(sessionId, { source, id: ownId(sessionId), parent, name, definition, bytes: size });
      bytes += size;
      for (const oldest of kept.keys()) {
        if (kept.size <= actors && bytes <= limitBytes) break;
        drop(oldest);
      }
    },
    of(sessionId) {
      const known = kept.get(sessionId);
      if (known === undefined || isGone(sessionId, known.id)) return undefined;
      kept.delete(sessionId);
      kept.set(sessionId, known);
      return known;
    },
    forget: drop,
    end(source) {
      for (const [sessionId, each] of kept) {
        if (each.source !== source) continue;
        const alike = gone.get(each.id) ?? new Set();
        gone.set(each.id, alike.add(sessionId));
      }
    },
    take(id, snapshot) {
      const value = fieldOf(snapshot, 'value');
      const found = [...(gone.get(id) ?? [])]
        .slice(-mostCandidates)
        .findLast((sessionId) => hasStates(kept.get(sessionId)?.definition ?? '', value));
      if (found === undefined) return undefined;
      const announced = kept.get(found);
      drop(found);
      return announced;
    },
  };
}

/** Whether a chart has the states that an actor is in: none of either for promises and the like. */
export function hasStates(definition: string, value: Plain | undefined): boolean {
  const states = new Set(chartOf(definition).states.map(({ path }) => path));
  if (value === undefined) return states.size === 0;
  return [...activePaths(value)].every((path) => states.has(path));
}

/** A field of a plain record. */
function fieldOf(value: Plain, name: string): Plain | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  // Own fields of plain data are plain data.
  return Reflect.get(value, name) as Plain;
}
