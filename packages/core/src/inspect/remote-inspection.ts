// Owns how the actors inside workers reach an XState inspector: as events of stand-in references whose ids carry the
// root's id and the worker's name, so that they never collide with those of another thread or pool.
import type { ActorRefLike, InspectionEvent, Observer } from 'xstate';
import { createKeptCharts, type RemoteChart } from './kept-charts.js';
import type { PlainChart, PlainStates } from './plain-chart.js';

/** What XState's `inspect` option takes, and how it may bound what it costs. */
export type Inspector = (((event: InspectionEvent) => void) | Observer<InspectionEvent>) & {
  /**
   * Asked once for each attempt, before it starts: whether the actors beneath it in its thread are told of, too. Those cost
   * more than all others. Without it they always are. What it throws counts as thrown by the inspector.
   * @param attempt the actor that stands for it on the main thread, which was told of before
   */
  readonly follows?: ((attempt: ActorRefLike) => boolean) | undefined;
  /**
   * Asked once for each event of this thread, before XState makes it ready for inspectors: whether to be told of it. One write
   * has some seventy events, and those that are not wanted cost next to nothing. Without it all are told, and so are those
   * that come while a run or pool is being made, unasked. What it throws counts as thrown by the inspector.
   */
  readonly wants?: ((event: UntoldInspection) => boolean) | undefined;
};

/** An inspection event before it is told: it does not have its `rootId` yet. */
export type UntoldInspection = InspectionEvent extends infer E
  ? E extends InspectionEvent
    ? Omit<E, 'rootId'>
    : never
  : never;

/** Plain form of an XState inspection event, as it crosses threads; ids carry the worker's name: `w1.2/x:7`. */
export interface RemoteInspection {
  readonly kind: '@xstate.actor' | '@xstate.event' | '@xstate.snapshot';
  readonly sessionId: string;
  readonly actorId: string;
  /** Undefined for children of the attempt itself, which the main thread mirrors. */
  readonly parentSessionId: string | undefined;
  readonly event: { readonly type: string } | undefined;
  readonly snapshot: RemoteSnapshot | undefined;
  /** Of a machine, with its first event. */
  readonly chart?: RemoteChart | undefined;
}

interface RemoteSnapshot {
  readonly status: string;
  readonly value: PlainStates | undefined;
}

/** What an inspector may ask of an actor that lives in another thread. */
export interface RemoteActorRef extends ActorRefLike {
  readonly isRemote: true;
  readonly id: string;
  readonly _parent: ActorRefLike | undefined;
  /** Has the chart of a machine where XState's own logic has it. */
  readonly logic: { readonly config?: PlainChart };
}

/** What the main thread does with inspection events from workers, attempt by attempt. */
export interface RemoteInspector {
  /** An attempt begins, and `mirror` stands for it on this thread. Answers whether its thread is to tell of what is beneath. */
  begin(attemptId: string, mirror: ActorRefLike): boolean;
  /** Events of attempts that are not under way are dropped, and those of actors that have ended or were never told of. */
  tell(attemptId: string, event: RemoteInspection): void;
  /** It has ended; its actors that were cut off with their thread are shown as stopped. */
  end(attemptId: string): void;
}

interface RemoteActor {
  readonly ref: RemoteActorRef;
  shown: RemoteSnapshot;
}

interface Attempt {
  readonly mirror: ActorRefLike;
  readonly rootId: string;
  /** By the session id that the worker gave them. */
  readonly alive: Map<string, RemoteActor>;
}

/**
 * Gives events of the actors inside workers to `tell`.
 * @param follows whether to tell of what is beneath an attempt; must not throw
 */
export function createRemoteInspection(
  tell: (event: InspectionEvent) => void,
  follows: (attempt: ActorRefLike) => boolean = () => true,
): RemoteInspector {
  const attempts = new Map<string, Attempt>();
  const keepChart = createKeptCharts();

  const arrive = (
    { mirror, rootId, alive }: Attempt,
    remote: RemoteInspection,
    chart: PlainChart | undefined,
  ): RemoteActor => {
    const actor: RemoteActor = {
      shown: { status: 'active', value: undefined },
      ref: {
        isRemote: true,
        sessionId: `${rootId}/${remote.sessionId}`,
        id: remote.actorId,
        _parent: alive.get(remote.parentSessionId ?? '')?.ref ?? mirror,
        logic: chart === undefined ? {} : { config: chart },
        // An actor in another thread takes its events there.
        send: () => {},
        getSnapshot: () => actor.shown,
      },
    };
    alive.set(remote.sessionId, actor);
    return actor;
  };

  const show = (attempt: Attempt, { ref }: RemoteActor, remote: Partial<RemoteInspection>): void => {
    // XState's own types ask for full actor references and snapshots; inspectors only read what stands in these.
    tell({
      type: remote.kind,
      rootId: attempt.rootId,
      actorRef: ref,
      ...(remote.event === undefined ? {} : { event: remote.event, sourceRef: attempt.mirror }),
      ...(remote.snapshot === undefined ? {} : { snapshot: remote.snapshot }),
    } as unknown as InspectionEvent);
  };

  return {
    begin(attemptId, mirror) {
      if (!follows(mirror)) return false;
      attempts.set(attemptId, { mirror, rootId: rootOf(mirror), alive: new Map() });
      return true;
    },
    tell(attemptId, remote) {
      // Before anything is dropped: its thread does not send it again.
      const chart = remote.chart === undefined ? undefined : keepChart(remote.chart);
      const attempt = attempts.get(attemptId);
      if (attempt === undefined) return;
      const known = attempt.alive.get(remote.sessionId);
      // XState also tells of what is sent to actors that have ended.
      if (known === undefined && remote.kind !== '@xstate.actor') return;
      const actor = known ?? arrive(attempt, remote, chart);
      if (remote.snapshot !== undefined) {
        actor.shown = remote.snapshot;
        if (remote.snapshot.status !== 'active') attempt.alive.delete(remote.sessionId);
      }
      show(attempt, actor, remote);
    },
    end(attemptId) {
      const attempt = attempts.get(attemptId);
      if (attempt === undefined) return;
      attempts.delete(attemptId);
      for (const actor of attempt.alive.values()) {
        actor.shown = { status: 'stopped', value: undefined };
        show(attempt, actor, {
          kind: '@xstate.snapshot',
          event: { type: 'xstate.stop' },
          snapshot: actor.shown,
        });
      }
    },
  };
}

/** Session id of the root above an actor. */
export function rootOf(ref: ActorRefLike): string {
  let root: ActorRefLike & { readonly _parent?: ActorRefLike | undefined } = ref;
  while (root._parent !== undefined) root = root._parent;
  return root.sessionId;
}
