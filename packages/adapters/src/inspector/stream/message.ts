// Owns the words of an inspection stream: the three messages that XState inspectors exchange, and ours beside them.
// The format of the three is that of @statelyai/inspect 0.7.2, written by us and tested against that package.

/** What every message of XState's inspection carries. */
interface XStateMessage {
  readonly sessionId: string;
  readonly rootId: string;
  /** Milliseconds since 1970, as text. */
  readonly createdAt: string;
  readonly id: null;
  /** Receivers drop messages without one. */
  readonly _version: string;
}

/** JSON, already cut to what an inspector may carry. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

export interface ActorMessage extends XStateMessage {
  readonly type: '@xstate.actor';
  readonly name: string;
  readonly parentId?: string | undefined;
  /** The machine's config as JSON text. */
  readonly definition: string;
  readonly snapshot: Plain;
}
export interface EventMessage extends XStateMessage {
  readonly type: '@xstate.event';
  readonly event: Plain;
  readonly sourceId?: string | undefined;
}
export interface SnapshotMessage extends XStateMessage {
  readonly type: '@xstate.snapshot';
  readonly event: Plain;
  readonly snapshot: Plain;
}
/** What any XState inspector understands. */
export type StatelyMessage = ActorMessage | EventMessage | SnapshotMessage;

/** Something begins, in its lane of the Gantt chart; what the same id did before has ended. */
export interface LaneMessage {
  readonly type: '@tailrace.lane';
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Session id of the run, or of whatever root it belongs to. Older recordings do not say. */
  readonly run?: string | undefined;
  /** Who: session id of the actor. */
  readonly id: string;
  /** Where: a worker, an output, or `main`. */
  readonly lane: string;
  readonly name: string;
  /** What it does now; null when it has ended. */
  readonly doing: string | null;
}
/** Something went wrong, with its full text. */
export interface ProblemMessage {
  readonly type: '@tailrace.problem';
  readonly at: number;
  /** As of a lane. */
  readonly run?: string | undefined;
  readonly id: string;
  readonly name: string;
  /** The state that it led to: `retrying`, `paused`, `stalled`, `failed`, `crashed`. */
  readonly state: string;
  readonly code: string;
  readonly text: string;
}
/** Actors that are counted and not told one by one. */
export interface SummaryMessage {
  readonly type: '@tailrace.summary';
  readonly at: number;
  /** As of a lane; not of events that were sent to actors that have ended. Older recordings have the numbers of all together. */
  readonly run?: string | undefined;
  readonly writes: number;
  readonly actors: number;
  /** Events of actors that had too many of them; their state was told. Older recordings do not say. */
  readonly events?: number | undefined;
}
/** Runs that were more than are kept: what is told of them is of no run that is known, and not to be shown. */
export interface GoneMessage {
  readonly type: '@tailrace.gone';
  readonly at: number;
  /** Session ids. */
  readonly runs: readonly string[];
}
export interface GraphMessage {
  readonly type: '@tailrace.graph';
  readonly at: number;
  /** As of a lane. */
  readonly run?: string | undefined;
  readonly pipeline: string;
  readonly nodes: readonly { readonly name: string; readonly kind: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly outputs: readonly { readonly name: string; readonly from: string; readonly target: string }[];
}
/** State in the last look at a run that has broken down, of which there will be no report. */
export const brokenDown = 'broken';
/** A look at a run, a few times a second. */
export interface ProgressMessage {
  readonly type: '@tailrace.progress';
  readonly at: number;
  /** As of a lane. */
  readonly run?: string | undefined;
  readonly elapsedMs: number;
  /** As of the run's machine; or `brokenDown`. */
  readonly state: string;
  readonly bytesHeld: number;
  readonly bytesLimit: number;
  /** Bytes held at which sources pause, and at which they go on. */
  readonly bytesHighWater: number;
  readonly bytesLowWater: number;
  /** Resident memory of the whole process, in bytes. */
  readonly memoryBytes: number;
  /** 0 when everything runs on the main thread. Older recordings do not say; so with all times of a look. */
  readonly workers?: number | undefined;
  /** Every node of the graph. */
  readonly stages: readonly StageNow[];
  readonly outputs: readonly OutputNow[];
}
export interface StageNow {
  readonly name: string;
  readonly state: string;
  readonly rows: number;
  /** Of sources that know it beforehand. */
  readonly totalRows?: number | undefined;
  /** Milliseconds so far, of sources and holds: their items were worked on, were read, had to wait for credit. */
  readonly busyMs?: number | undefined;
  readonly readMs?: number | undefined;
  readonly blockedMs?: number | undefined;
  /** Of `blockedMs`, those waited for a stage. */
  readonly heldUpMs?: number | undefined;
}
export interface OutputNow {
  readonly name: string;
  readonly state: string;
  /** An earlier run of its job has published it; it is in no sum. */
  readonly kept?: boolean | undefined;
  readonly rows: number;
  readonly heldBytes: number;
  readonly bytesWritten: number;
  /** Milliseconds so far that its writers have been at work. */
  readonly busyMs?: number | undefined;
  /** Writes by state. */
  readonly active: number;
  readonly retrying: number;
  /** Waiting for room on a full disk. */
  readonly paused?: number | undefined;
  readonly prepared: number;
  readonly failed: number;
}
/** A run has ended. */
export interface ReportMessage {
  readonly type: '@tailrace.report';
  readonly at: number;
  /** As of a lane. */
  readonly run?: string | undefined;
  readonly state: string;
  readonly elapsedMs: number;
  readonly rows: number;
  readonly bytes: number;
  readonly workers: number;
  /** As in the report of the run, in milliseconds. */
  readonly computeMs: number;
  readonly writeMs: number;
  readonly blockedMs: number;
  readonly tailMs: number;
  readonly advice: string;
  readonly outputs: readonly {
    readonly name: string;
    readonly state: string;
    readonly rows: number;
    readonly bytes: number;
    readonly writes: number;
    readonly attempts: number;
    readonly error?: string | undefined;
  }[];
}
export type InspectorMessage =
  | StatelyMessage
  | LaneMessage
  | ProblemMessage
  | SummaryMessage
  | GoneMessage
  | GraphMessage
  | ProgressMessage
  | ReportMessage;

export const isStately = (message: InspectorMessage): message is StatelyMessage =>
  message.type.startsWith('@xstate.');

/** Milliseconds since 1970 at which a message was sent; 0 where it does not say. */
export const timeOf = (message: InspectorMessage): number =>
  'at' in message ? message.at : Number(message.createdAt) || 0;

/** Whether an actor with that snapshot has ended. */
export function hasEnded(snapshot: Plain): boolean {
  if (typeof snapshot !== 'object' || snapshot === null) return false;
  const status: unknown = Reflect.get(snapshot, 'status');
  return typeof status === 'string' && status !== 'active';
}
