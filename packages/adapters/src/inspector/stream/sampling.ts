// Owns which actors are told one by one: the first writes of each run, as long as they do not come too fast, and later those
// that meet trouble. The others are counted. It decides on ids, parents and the time only.
import type { UntoldInspection } from '@tailrace/core';
import type { InspectionEvent } from 'xstate';
import { kindOf, type SeenRef, seenRef } from './to-messages.js';

export interface SamplingOptions {
  /** Writes of a run that are told one by one; of later ones only those that are retried, paused, stalled or fail. Default 500. */
  readonly writes?: number | undefined;
}

/** Writes that are told one by one however fast they come, and so many more for each second. */
const atOnce = 100;
const perSecond = 10;

/** What the writes of a run may still have of an inspector. */
interface Allowance {
  /** Writes that were told one by one. */
  told: number;
  /** Writes that may be told now. */
  left: number;
  /** Milliseconds, when `left` was reckoned. */
  at: number;
}

export interface Sampling {
  /** False for events from which nothing would follow, neither to tell nor to count: `filter` need not be asked of them. */
  wants(event: UntoldInspection): boolean;
  /** What to tell for an event: nothing, the event, or first the actor that had been left out until now. */
  filter(event: InspectionEvent): readonly InspectionEvent[];
  /** Whether an actor is among those that are counted. */
  isSilent(sessionId: string): boolean;
  /** Actors that were counted and not told. */
  readonly left: { readonly writes: number; readonly actors: number };
}

const none: readonly InspectionEvent[] = [];
/** States of a write, or of what is below it, that a person wants to see. */
const trouble: ReadonlySet<string> = new Set(['retrying', 'paused', 'failed', 'error', 'stalled']);

/** @param now milliseconds of a clock that never goes back */
export function createSampling(
  now: () => number,
  { writes: mostWrites = 500 }: SamplingOptions = {},
): Sampling {
  /** By root: an inspector may see one run after the other, or several at once. */
  const writes = new Map<string, Allowance>();
  let leftWrites = 0;
  let leftActors = 0;
  /** Actors that are left out, until they end. */
  const silent = new Map<string, InspectionEvent>();

  /** Whether a run may tell of one write more. */
  const takeOne = (rootId: string): boolean => {
    const at = now();
    const allowance = writes.get(rootId) ?? { told: 0, left: atOnce, at };
    writes.set(rootId, allowance);
    if (allowance.told >= mostWrites) return false;
    allowance.left = Math.min(atOnce, allowance.left + ((at - allowance.at) * perSecond) / 1_000);
    allowance.at = at;
    if (allowance.left < 1) return false;
    allowance.left -= 1;
    allowance.told += 1;
    return true;
  };

  const arrives = (event: InspectionEvent, ref: SeenRef): boolean => {
    const parent = ref._parent?.sessionId;
    const isOver = isWrite(ref) && !takeOne(event.rootId);
    const isLeft = isOver || (parent !== undefined && silent.has(parent));
    if (!isLeft) return true;
    if (isWrite(ref)) leftWrites += 1;
    leftActors += 1;
    silent.set(ref.sessionId, event);
    return false;
  };

  return {
    get left() {
      return { writes: leftWrites, actors: leftActors };
    },
    isSilent: (sessionId) => silent.has(sessionId),
    wants(event) {
      if (event.type === '@xstate.actor' || !silent.has(event.actorRef.sessionId)) return true;
      if (event.type !== '@xstate.snapshot') return false;
      const { status, value } = shot(event.snapshot);
      return status !== 'active' || trouble.has(value);
    },
    filter(event) {
      const ref = seenRef(event);
      if (event.type === '@xstate.actor') return arrives(event, ref) ? [event] : none;
      if (isEndOfRoot(event)) writes.delete(event.rootId);
      const announced = silent.get(ref.sessionId);
      if (announced === undefined) return [event];
      if (event.type !== '@xstate.snapshot') return none;
      const { status, value } = shot(event.snapshot);
      const isTrouble = trouble.has(status) || trouble.has(value);
      // A child of one that is left out would have no parent: trouble below shows in the write's own state.
      if (isTrouble && !silent.has(ref._parent?.sessionId ?? '')) {
        silent.delete(ref.sessionId);
        leftActors -= 1;
        if (isWrite(ref)) leftWrites -= 1;
        return [announced, event];
      }
      if (status !== 'active') silent.delete(ref.sessionId);
      return none;
    },
  };
}

const isWrite = (ref: SeenRef): boolean => kindOf(ref) === 'write';

/** A run, or whatever else has no actor above it, has ended. */
function isEndOfRoot(event: InspectionEvent): boolean {
  if (event.type !== '@xstate.snapshot' || seenRef(event).sessionId !== event.rootId) return false;
  return shot(event.snapshot).status !== 'active';
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
