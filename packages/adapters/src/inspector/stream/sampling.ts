// Owns which actors are told one by one: the first writes of a run, and later those that meet trouble. The others are
// counted. It decides on ids and parents only.
import type { InspectionEvent } from 'xstate';
import { type SeenRef, seenRef } from './to-messages.js';

export interface SamplingOptions {
  /** Writes that are told one by one; of later ones only those that are retried or fail. Default 500. */
  readonly writes?: number | undefined;
}

export interface Sampling {
  /** What to tell for an event: nothing, the event, or first the actor that had been left out until now. */
  filter(event: InspectionEvent): readonly InspectionEvent[];
  /** Whether an actor is among those that are counted. */
  isSilent(sessionId: string): boolean;
  /** Actors that were counted and not told. */
  readonly left: { readonly writes: number; readonly actors: number };
}

const none: readonly InspectionEvent[] = [];
/** States of a write, or of what is below it, that a person wants to see. */
const trouble: ReadonlySet<string> = new Set(['retrying', 'failed', 'error', 'stalled']);

export function createSampling({ writes: mostWrites = 500 }: SamplingOptions = {}): Sampling {
  let writes = 0;
  let leftWrites = 0;
  let leftActors = 0;
  /** Actors that are left out, until they end. */
  const silent = new Map<string, InspectionEvent>();

  const arrives = (event: InspectionEvent, ref: SeenRef): boolean => {
    const parent = ref._parent?.sessionId;
    const isWrite = ref.logic?.config?.id === 'write';
    if (isWrite) writes += 1;
    const isLeft = (isWrite && writes > mostWrites) || (parent !== undefined && silent.has(parent));
    if (!isLeft) return true;
    if (isWrite) leftWrites += 1;
    leftActors += 1;
    silent.set(ref.sessionId, event);
    return false;
  };

  return {
    get left() {
      return { writes: leftWrites, actors: leftActors };
    },
    isSilent: (sessionId) => silent.has(sessionId),
    filter(event) {
      const ref = seenRef(event);
      if (event.type === '@xstate.actor') return arrives(event, ref) ? [event] : none;
      const announced = silent.get(ref.sessionId);
      if (announced === undefined) return [event];
      if (event.type !== '@xstate.snapshot') return none;
      const { status, value } = shot(event.snapshot);
      const isTrouble = trouble.has(status) || trouble.has(value);
      // A child of one that is left out would have no parent: trouble below shows in the write's own state.
      if (isTrouble && !silent.has(ref._parent?.sessionId ?? '')) {
        silent.delete(ref.sessionId);
        return [announced, event];
      }
      if (status !== 'active') silent.delete(ref.sessionId);
      return none;
    },
  };
}

/** Status and innermost state of a snapshot of whatever kind. */
function shot(snapshot: unknown): { readonly status: string; readonly value: string } {
  if (typeof snapshot !== 'object' || snapshot === null) return { status: '', value: '' };
  const status: unknown = Reflect.get(snapshot, 'status');
  const value: unknown = Reflect.get(snapshot, 'value');
  return { status: typeof status === 'string' ? status : '', value: innermost(value) };
}

function innermost(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return innermost(Object.values(value)[0]);
}
