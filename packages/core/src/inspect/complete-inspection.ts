// Owns what XState does not tell its inspectors: that an actor has failed, and that one was stopped before it had started.
// Found in XState 5.33: a transition that throws sends no snapshot, and an initial action that throws sends the one from before
// it, so that the actor would be shown as alive for ever.
import type { ActorRefLike, InspectionEvent } from 'xstate';
import type { RemoteActorRef, UntoldInspection } from './remote-inspection.js';

interface SeenActor {
  readonly ref: ActorRefLike;
  readonly rootId: string;
  isStarted: boolean;
  /** It was looked at after it had started: what its initial actions have thrown is known. */
  isSettled: boolean;
  /** Events that no snapshot has followed yet. */
  owed: number;
  /** It waits for the next look. */
  hasMoved: boolean;
}

/** An inspector that hears of all ends, and of such events as it is given. */
export interface CompletedInspection {
  (event: InspectionEvent): void;
  /** Takes note of an event that the inspector is not told of. */
  readonly pass: (event: UntoldInspection, rootId: string) => void;
}

/** What is read of an actor of this thread beside what XState's types promise. */
interface Family {
  readonly id?: string;
  readonly _parent?: ActorRefLike | undefined;
}

/**
 * An inspector that is told of those ends as snapshots with the status `error` or `stopped`, right after the turn in which
 * they happened. It subscribes to nobody: a subscriber would count as one who handles the actor's errors.
 * @param tell the inspector; must not throw
 */
export function completeInspection(tell: (event: InspectionEvent) => void): CompletedInspection {
  /** Actors that were told of and have not ended. */
  const alive = new Map<string, SeenActor>();
  /** Those that something has happened to since the last look. */
  let moved: SeenActor[] = [];

  const look = (): void => {
    const these = moved;
    // Emptied before anybody is told: what an inspector brings about itself waits for the next look.
    moved = [];
    for (const actor of these) {
      actor.hasMoved = false;
      // A snapshot has followed each of its events: it goes on, or has said how it ended. Of an initial action that throws
      // XState tells the snapshot from before it, so that one look is owed to each actor.
      if (actor.isSettled && actor.owed === 0) continue;
      const { sessionId } = actor.ref;
      if (alive.get(sessionId) !== actor) continue;
      const snapshot = endOf(actor);
      if (snapshot === undefined) {
        actor.isSettled = actor.isStarted;
        continue;
      }
      alive.delete(sessionId);
      tell({
        type: '@xstate.snapshot',
        rootId: actor.rootId,
        actorRef: actor.ref,
        event: { type: snapshot.status === 'error' ? 'xstate.error' : 'xstate.stop' },
        // XState's types ask for a snapshot of the actor's own kind; inspectors read what stands in it.
        snapshot: snapshot as never,
      });
    }
  };

  const note = (actor: SeenActor): void => {
    if (actor.hasMoved) return;
    actor.hasMoved = true;
    if (moved.length === 0) queueMicrotask(look);
    moved.push(actor);
  };

  /** Whether the event says what is so. */
  const take = (event: UntoldInspection, rootId: string): boolean => {
    switch (event.type) {
      case '@xstate.actor': {
        const ref = event.actorRef;
        // Those of other threads outlive their mirror here, and their ends are told of when their attempt ends.
        if (isRemote(ref)) return true;
        const actor = { ref, rootId, isStarted: false, isSettled: false, owed: 0, hasMoved: false };
        alive.set(ref.sessionId, actor);
        note(actor);
        return true;
      }
      case '@xstate.event': {
        const actor = alive.get(event.actorRef.sessionId);
        if (actor === undefined) return true;
        actor.isStarted = true;
        actor.owed += 1;
        note(actor);
        return true;
      }
      case '@xstate.snapshot': {
        const actor = alive.get(event.actorRef.sessionId);
        if (actor === undefined) return true;
        if (event.snapshot.status === 'active') {
          if (actor.owed > 0) actor.owed -= 1;
          return true;
        }
        // A machine that is done in its first state, and an action of which threw: the next look tells of it.
        if (event.snapshot.status === 'done' && endOf(actor) !== undefined) return false;
        alive.delete(actor.ref.sessionId);
        return true;
      }
      default:
        return true;
    }
  };

  return Object.assign(
    (event: InspectionEvent) => {
      if (take(event, event.rootId)) tell(event);
    },
    {
      pass(event: UntoldInspection, rootId: string) {
        take(event, rootId);
      },
    },
  );
}

interface End {
  readonly status: 'error' | 'stopped';
}

/** The snapshot of an actor that has ended without having said so. */
function endOf({ ref, isStarted }: SeenActor): End | undefined {
  const snapshot = snapshotOf(ref);
  if (snapshot?.status === 'error') return snapshot as End;
  return !isStarted && isDisowned(ref) ? { ...snapshot, status: 'stopped' } : undefined;
}

/** XState gives none, or throws, for an actor whose constructor is still running or has thrown. */
function snapshotOf(ref: ActorRefLike): { readonly status: string } | undefined {
  try {
    // Every snapshot has a status; XState's type for references leaves it open.
    return ref.getSnapshot() as { readonly status: string } | undefined;
  } catch {
    return undefined;
  }
}

function isRemote(ref: ActorRefLike & Partial<RemoteActorRef>): boolean {
  return ref.isRemote === true;
}

/** Whether it was a child that its parent holds no more, or whose parent has ended. */
function isDisowned(ref: ActorRefLike & Family): boolean {
  if (ref._parent === undefined || ref.id === undefined) return false;
  const parent: unknown = ref._parent.getSnapshot();
  if (typeof parent !== 'object' || parent === null) return false;
  const { status, children } = parent as { readonly status?: unknown; readonly children?: unknown };
  if (status !== 'active') return true;
  return typeof children === 'object' && children !== null && Reflect.get(children, ref.id) !== ref;
}
