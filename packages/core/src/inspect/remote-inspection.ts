// Owns how the actors inside workers reach an XState inspector: as events of stand-in references whose ids carry the
// worker's name, so that they never collide with those of another thread.
import type { ActorRefLike, InspectionEvent, Observer } from 'xstate';

/** What XState's `inspect` option takes. */
export type Inspector = ((event: InspectionEvent) => void) | Observer<InspectionEvent>;

/** Plain form of an XState inspection event, as it crosses threads; ids carry the worker's name: `w1.2/x:7`. */
export interface RemoteInspection {
  readonly kind: '@xstate.actor' | '@xstate.event' | '@xstate.snapshot';
  readonly sessionId: string;
  readonly actorId: string;
  /** Undefined for children of the attempt itself, which the main thread mirrors. */
  readonly parentSessionId: string | undefined;
  readonly event: { readonly type: string } | undefined;
  readonly snapshot: { readonly status: string; readonly value: unknown } | undefined;
}

type RemoteSnapshot = NonNullable<RemoteInspection['snapshot']>;

/** What an inspector may ask of an actor that lives in another thread. */
export interface RemoteActorRef extends ActorRefLike {
  readonly id: string;
  readonly _parent: ActorRefLike | undefined;
  readonly logic: Record<string, never>;
}

/** Gives remote events to `inspector`; `mirrorOf` finds the actor that stands for an attempt on this thread. */
export function createRemoteInspection(
  inspector: Inspector,
  mirrorOf: (attemptId: string) => (ActorRefLike & { readonly system?: unknown }) | undefined,
): (attemptId: string, event: RemoteInspection) => void {
  const tell =
    typeof inspector === 'function' ? inspector : (event: InspectionEvent) => inspector.next?.(event);
  const snapshots = new Map<string, RemoteSnapshot>();
  const rootOf = (ref: ActorRefLike): string => {
    let root: ActorRefLike & { readonly _parent?: ActorRefLike | undefined } = ref;
    while (root._parent !== undefined) root = root._parent;
    return root.sessionId;
  };

  return (attemptId, remote) => {
    const mirror = mirrorOf(attemptId);
    if (mirror === undefined) return;
    const { sessionId, actorId } = remote;
    if (remote.snapshot !== undefined) {
      if (remote.snapshot.status === 'active') snapshots.set(sessionId, remote.snapshot);
      else snapshots.delete(sessionId);
    }
    const shown = remote.snapshot ?? snapshots.get(sessionId) ?? { status: 'active', value: undefined };
    const ref: RemoteActorRef = {
      sessionId,
      id: actorId,
      _parent: mirror,
      logic: {},
      // An actor in another thread takes its events there.
      send: () => {},
      getSnapshot: () => shown,
    };
    const common = { rootId: rootOf(mirror), actorRef: ref };
    // XState's own types ask for full actor references and snapshots; inspectors only read what stands in these.
    tell({
      type: remote.kind,
      ...common,
      ...(remote.event === undefined ? {} : { event: remote.event, sourceRef: mirror }),
      ...(remote.snapshot === undefined ? {} : { snapshot: remote.snapshot }),
    } as unknown as InspectionEvent);
  };
}
