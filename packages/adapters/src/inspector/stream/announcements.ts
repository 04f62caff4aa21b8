// Owns how other apps have announced their actors, so that these keep their charts over a new connection. It is bounded in
// bytes, and in actors.
import { activePaths, chartOf } from '../model/chart.js';
import type { ActorMessage, Plain } from './message.js';

export interface AnnouncementsOptions {
  /** Default 4,096; the oldest go first. */
  readonly actors?: number | undefined;
  /** Bytes as UTF-16. Default 16 MiB; the oldest go first. */
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
  /** An actor has ended: it will not come back. */
  forget(sessionId: string): void;
  /** A connection has ended, and its actors may come back over another one. */
  end(source: string): void;
  /**
   * The latest of an ended connection whose chart has the states of the snapshot; it is given once. Ids are counted in each
   * process, and connections do not say from which they come: an id alone may be that of an actor of another app.
   */
  take(id: string, snapshot: Plain): Announced | undefined;
}

/** Of those with the same id, how many are looked at. */
const mostCandidates = 32;

export function createAnnouncements({
  actors = 4_096,
  limitBytes = 16 * 1_048_576,
}: AnnouncementsOptions = {}): Announcements {
  /** By session id with its source; the latest last. */
  const kept = new Map<string, Announced & { readonly bytes: number; isGone: boolean }>();
  let bytes = 0;

  const drop = (sessionId: string): void => {
    bytes -= kept.get(sessionId)?.bytes ?? 0;
    kept.delete(sessionId);
  };

  return {
    keep({ sessionId, parentId, name, definition }, source) {
      drop(sessionId);
      const ownId = (of: string): string => of.slice(source.length + 1);
      const parent = parentId === undefined ? undefined : ownId(parentId);
      const size = 2 * (sessionId.length + (parentId?.length ?? 0) + name.length + definition.length);
      kept.set(sessionId, {
        source,
        id: ownId(sessionId),
        parent,
        name,
        definition,
        bytes: size,
        isGone: false,
      });
      bytes += size;
      for (const oldest of kept.keys()) {
        if (kept.size <= actors && bytes <= limitBytes) break;
        drop(oldest);
      }
    },
    forget: drop,
    end(source) {
      for (const each of kept.values()) if (each.source === source) each.isGone = true;
    },
    take(id, snapshot) {
      const found = [...kept.values()]
        .filter((each) => each.isGone && each.id === id)
        .slice(-mostCandidates)
        .findLast(({ definition }) => fits(definition, snapshot));
      if (found !== undefined) drop(`${found.source}/${found.id}`);
      return found;
    },
  };
}

/** Whether a chart has the states that an actor is in: none of either for promises and the like. */
function fits(definition: string, snapshot: Plain): boolean {
  const states = new Set(chartOf(definition).states.map(({ path }) => path));
  const value = fieldOf(snapshot, 'value');
  if (value === undefined) return states.size === 0;
  return [...activePaths(value)].every((path) => states.has(path));
}

/** A field of a plain record. */
function fieldOf(value: Plain, name: string): Plain | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  // Own fields of plain data are plain data.
  return Reflect.get(value, name) as Plain;
}
