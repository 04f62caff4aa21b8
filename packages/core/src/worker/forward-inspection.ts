// Owns what a worker tells of the actors beneath an attempt: XState's events in plain form, under ids that carry the worker's name.
import type { InspectionEvent } from 'xstate';
import { plainChart } from '../inspect/plain-chart.js';
import type { RemoteInspection } from '../inspect/remote-inspection.js';
import type { InspectSinkActor } from '../sink/sink.js';
import type { FromWorker } from '../wire/messages.js';

type Post = (message: FromWorker) => void;

/** For the attempt's own machine: tells of its children. Its root is mirrored by the main thread. */
export function forwardAttempt(
  worker: string,
  attemptId: string,
  post: Post,
): (event: InspectionEvent) => void {
  return (event) => {
    const { _parent: parent } = refOf(event);
    if (parent === undefined) return;
    tell(event, worker, parent._parent === undefined ? undefined : parent.sessionId, (inspection) =>
      post({ type: 'worker.inspection', attemptId, event: inspection }),
    );
  };
}

/** For what the sink starts: tells of all of it, as children of the attempt. */
export function forwardSink(worker: string, attemptId: string, post: Post): InspectSinkActor {
  return (event) => {
    // The contract asks for events of XState.
    const inspected = event as InspectionEvent;
    // The sink may have an XState of its own, which counts from zero as ours does.
    tell(inspected, `${worker}/${attemptId}`, refOf(inspected)._parent?.sessionId, (inspection) =>
      post({ type: 'worker.inspection', attemptId, event: inspection }),
    );
  };
}

function tell(
  event: InspectionEvent,
  prefix: string,
  parent: string | undefined,
  post: (inspection: RemoteInspection) => void,
): void {
  if (event.type !== '@xstate.actor' && event.type !== '@xstate.event' && event.type !== '@xstate.snapshot')
    return;
  const ref = refOf(event);
  post({
    kind: event.type,
    sessionId: `${prefix}/${ref.sessionId}`,
    actorId: ref.id,
    parentSessionId: parent === undefined ? undefined : `${prefix}/${parent}`,
    event: event.type === '@xstate.actor' ? undefined : { type: event.event.type },
    snapshot:
      event.type === '@xstate.snapshot'
        ? { status: event.snapshot.status, value: stateValueOf(event.snapshot) }
        : undefined,
    chart: event.type === '@xstate.actor' ? plainChart(ref.logic.config) : undefined,
  });
}

/** The states of a machine; whatever else calls itself a value might not cross. */
function stateValueOf(snapshot: object): unknown {
  const value: unknown = Reflect.get(snapshot, 'value');
  return isStateValue(value) ? value : undefined;
}

function isStateValue(value: unknown): boolean {
  if (typeof value === 'string') return true;
  return typeof value === 'object' && value !== null && Object.values(value).every(isStateValue);
}

/** What is read of an actor beyond what XState's types promise. */
interface Actor {
  readonly sessionId: string;
  readonly id: string;
  readonly _parent: Actor | undefined;
  /** Has a configuration when it is a machine's. */
  readonly logic: { readonly config?: unknown };
}

/** Only actors of this thread's own systems are inspected, and those are always whole. */
const refOf = (event: InspectionEvent): Actor => event.actorRef as unknown as Actor;
