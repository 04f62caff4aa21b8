// Owns what a worker tells of the actors beneath an attempt: XState's events in plain form, under ids that carry the worker's
// name. What it tells of is user code, and it throws nothing into that.
import type { InspectionEvent } from 'xstate';
import { completeInspection } from '../inspect/complete-inspection.js';
import { createToldCharts } from '../inspect/kept-charts.js';
import { plainStates } from '../inspect/plain-chart.js';
import type { RemoteInspection } from '../inspect/remote-inspection.js';
import type { InspectSinkActor } from '../sink/sink.js';
import type { FromWorker } from '../wire/messages.js';

/** What a thread tells of its actors, for one pool. */
export interface InspectionForwarder {
  /** For the attempt's own machine: tells of its children. Its root is mirrored by the main thread. */
  attempt(attemptId: string): (event: InspectionEvent) => void;
  /** For what the sink starts: tells of all of it, as children of the attempt. */
  sink(attemptId: string): InspectSinkActor;
}

/** @param worker its name, which no other thread of the pool has or had: `w1.2` */
export function createForwarder(worker: string, post: (message: FromWorker) => void): InspectionForwarder {
  const chartOf = createToldCharts();

  const tell = (
    attemptId: string,
    event: InspectionEvent,
    prefix: string,
    parent: string | undefined,
  ): void => {
    const { type } = event;
    if (type !== '@xstate.actor' && type !== '@xstate.event' && type !== '@xstate.snapshot') return;
    const { sessionId, id, logic } = refOf(event);
    // Texts and copies only: what cannot be cloned would end the thread when it is sent.
    const inspection: RemoteInspection = {
      kind: type,
      sessionId: `${prefix}/${sessionId}`,
      actorId: `${id}`,
      parentSessionId: parent === undefined ? undefined : `${prefix}/${parent}`,
      event: type === '@xstate.actor' ? undefined : { type: `${event.event.type}` },
      snapshot:
        type === '@xstate.snapshot'
          ? {
              status: `${event.snapshot.status}`,
              value: plainStates(logic?.config, Reflect.get(event.snapshot, 'value')),
            }
          : undefined,
      chart: type === '@xstate.actor' ? chartOf(logic?.config) : undefined,
    };
    post({ type: 'worker.inspection', attemptId, event: inspection });
  };

  let hasWarned = false;
  /** Events come from a sink's own XState, or from what it takes for one: they may be anything. */
  const guarded =
    (act: (event: InspectionEvent) => void) =>
    (event: InspectionEvent): void => {
      try {
        act(event);
      } catch (error) {
        if (hasWarned) return;
        hasWarned = true;
        process.emitWarning(
          `An event of a sink's actor cannot be shown: ${error instanceof Error ? error.message : String(error)}. ` +
            'Give `inspect` to createActor of XState and to nothing else; the write goes on without it.',
          { type: 'TailraceWarning', code: 'TAILRACE_INSPECTOR' },
        );
      }
    };

  return {
    attempt: (attemptId) => (event) => {
      const { _parent: parent } = refOf(event);
      // Of its children, which are promises, XState tells every end itself.
      if (parent !== undefined)
        tell(attemptId, event, worker, parent._parent === undefined ? undefined : parent.sessionId);
    },
    sink(attemptId) {
      // The sink may have an XState of its own, which counts from zero as ours does.
      const prefix = `${worker}/${attemptId}`;
      // Ends are looked for in a turn of their own, where nobody would catch an error.
      const inspect = guarded(
        completeInspection(
          guarded((event) => tell(attemptId, event, prefix, refOf(event)._parent?.sessionId)),
        ),
      );
      // The contract asks for events of XState.
      return (event) => inspect(event as InspectionEvent);
    },
  };
}

/** What is read of an actor beyond what XState's types promise. */
interface Actor {
  readonly sessionId: string;
  readonly id: string;
  readonly _parent: Actor | undefined;
  /** Has a configuration when it is a machine's. */
  readonly logic?: { readonly config?: unknown };
}

/** XState inspects actors of this thread only, and those are whole. */
const refOf = (event: InspectionEvent): Actor => event.actorRef as unknown as Actor;
