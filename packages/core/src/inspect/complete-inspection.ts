// Owns what XState does not tell its inspectors: that an actor has failed, and that one was stopped before it had started.
// Found in XState 5.33: a transition that throws sends no snapshot, so that the actor would be shown as alive for ever.
import type { ActorRefLike, InspectionEvent } from 'xstate';
import type { RemoteActorRef } from './remote-inspection.js';

interface SeenActor {
  readonly ref: ActorRefLike;
  readonly rootId: string;
  started: boolean;
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
export function completeInspection(tell: (event: InspectionEvent) => void): (event: InspectionEvent) => void {
  /** Actors that were told of and have not ended. */
  const alive = new Map<string, SeenActor>();
  /** Those among them that something has happened to since the last look. */
  const moved = new Set<string>();

  const look = (): void => {
    const these = [...moved];
    // Emptied before anybody is told: what an inspector brings about itself waits for the next look.
    moved.clear();
    for (const sessionId of these) {
      const actor = alive.get(sessionId);
      if (actor === undefined) continue;
      const snapshot = endOf(actor);
      if (snapshot === undefined) continue;
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

  const note = (sessionId: string): void => {
    if (moved.size === 0) queueMicrotask(look);
    moved.add(sessionId);
  };

  return (event) => {
    const { sessionId } = event.actorRef;
    switch (event.type) {
      case '@xstate.actor':
        // Those of other threads outlive their mirror here, and their ends are told of when their attempt ends.
        if (isRemote(event.actorRef)) break;
        alive.set(sessionId, { ref: event.actorRef, rootId: event.rootId, started: false });
        note(sessionId);
        break;
      case '@xstate.event': {
        const actor = alive.get(sessionId);
        if (actor !== undefined) {
          actor.started = true;
          note(sessionId);
        }
        break;
      }
      case '@xstate.snapshot':
        if (event.snapshot.status !== 'active') alive.delete(sessionId);
        break;
      default:
    }
    tell(event);
  };
}

interface End {
  readonly status: 'error' | 'stopped';
}

/** The snapshot of an actor that has ended without having said so. */
function endOf({ ref, started }: SeenActor): End | undefined {
  // As XState says itself, an actor whose constructor is still running has no snapshot.
  const snapshot = ref.getSnapshot() as { readonly status: string } | undefined;
  if (snapshot?.status === 'error') return snapshot as End;
  return !started && isDisowned(ref) ? { ...snapshot, status: 'stopped' } : undefined;
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
