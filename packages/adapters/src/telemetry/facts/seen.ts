// Owns what is read of XState's inspection events: who an actor is, and its snapshot as plain parts. It changes no actor.
import type { InspectionEvent } from 'xstate';

export type Kind = 'run' | 'pool' | 'worker' | 'output' | 'write' | 'attempt';
const kinds: ReadonlySet<string> = new Set(['run', 'pool', 'worker', 'output', 'write', 'attempt']);

export interface SeenRef {
  readonly sessionId: string;
  readonly id: string;
  readonly parent: string | undefined;
  readonly kind: Kind;
}

/** The actor of an event, when it is one of those that telemetry is about. */
export function seenRef(event: InspectionEvent): SeenRef | undefined {
  const ref: object = event.actorRef;
  // What a sink starts in a thread of its own may have a machine with a name of ours.
  if (Reflect.get(ref, 'isRemote') === true) return undefined;
  const kind = at(at(Reflect.get(ref, 'logic'), 'config'), 'id');
  if (typeof kind !== 'string' || !kinds.has(kind)) return undefined;
  const parent = at(Reflect.get(ref, '_parent'), 'sessionId');
  return {
    sessionId: event.actorRef.sessionId,
    id: text(Reflect.get(ref, 'id')),
    parent: typeof parent === 'string' ? parent : undefined,
    // Looked up in the set of all kinds.
    kind: kind as Kind,
  };
}

export interface Shot {
  /** `active`, `done`, `error` or `stopped`. */
  readonly status: string;
  /** States from the outside in: `active.committing.attempting`; of parallel ones the first. */
  readonly state: string;
  readonly error: unknown;
  /** A field of the context, by its path. */
  field(...path: readonly string[]): unknown;
}

export function shotOf(snapshot: unknown): Shot {
  const context = at(snapshot, 'context');
  return {
    status: text(at(snapshot, 'status')),
    state: stateOf(at(snapshot, 'value')),
    error: at(snapshot, 'error') ?? at(context, 'error'),
    field: (...path) => path.reduce(at, context),
  };
}

function stateOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  const [first] = Object.entries(value);
  if (first === undefined) return '';
  const below = stateOf(first[1]);
  return below === '' ? first[0] : `${first[0]}.${below}`;
}

function at(from: unknown, key: string): unknown {
  return typeof from === 'object' && from !== null ? Reflect.get(from, key) : undefined;
}

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
