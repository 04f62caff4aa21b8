// Owns which actors are told one by one: the first writes of each run, as long as they do not come too fast, and later those
// that meet trouble. The others are counted. It decides on ids, parents and the time only.
import type { UntoldInspection } from '@tailrace/core';
import type { InspectionEvent } from 'xstate';
import type { LeftOut } from './left-out.js';
import { kindOf, madeReady, rootIdOf, type SeenRef, seenRef } from './to-messages.js';

export interface SamplingOptions {
  /** Writes of a run that are told one by one; of later ones only those that are retried, paused, stalled or fail. Default 500. */
  readonly writes?: number | undefined;
}

/** Writes that are told one by one however fast they come. */
const atOnce = 40;
/** So many more for each second: where writes come slower than ten a second those are all, where they come faster a few. */
const perSecond = { slow: 10, fast: 1 } as const;
/** Milliseconds from one write to the next where they come slower than that. */
const slowMs = 1_000 / perSecond.slow;

/** What the writes of a run may still have of an inspector. */
interface Allowance {
  /** Writes that were told one by one. */
  told: number;
  /** Writes that may be told now. */
  left: number;
  /** Milliseconds, when the last write came and `left` was reckoned. */
  at: number;
}

export interface Sampling {
  /** False for events of which nothing is told: what is to be counted of them has been, and `filter` is not to be asked. */
  wants(event: UntoldInspection): boolean;
  /** What to tell for an event: nothing, the event, or first the actor that had been left out until now. */
  filter(event: InspectionEvent): readonly InspectionEvent[];
  /** Whether an actor is among those that are counted. */
  isSilent(sessionId: string): boolean;
}

const none: readonly InspectionEvent[] = [];
/** States of a write, or of what is below it, that a person wants to see. */
const trouble: ReadonlySet<string> = new Set(['retrying', 'paused', 'failed', 'error', 'stalled']);

/**
 * @param now milliseconds of a clock that never goes back
 * @param leftOut where actors that are not told are counted
 */
export function createSampling(
  now: () => number,
  leftOut: Pick<LeftOut, 'count' | 'end'>,
  { writes: mostWrites = 500 }: SamplingOptions = {},
): Sampling {
  /** By root: an inspector may see one run after the other, or several at once. */
  const writes = new Map<string, Allowance>();
  /** Actors that are left out, until they end. */
  const silent = new Map<string, UntoldInspection>();

  /** What a run has for one write more; undefined where it may not tell of it. */
  const roomFor = (rootId: string): Allowance | undefined => {
    const known = writes.get(rootId);
    if (known !== undefined && known.told >= mostWrites) return undefined;
    const at = now();
    const allowance = known ?? { told: 0, left: atOnce, at };
    if (known === undefined) writes.set(rootId, allowance);
    const sinceMs = at - allowance.at;
    const more = sinceMs < slowMs ? perSecond.fast : perSecond.slow;
    allowance.left = Math.min(atOnce, allowance.left + (sinceMs * more) / 1_000);
    allowance.at = at;
    return allowance.left < 1 || allowance.told >= mostWrites ? undefined : allowance;
  };

  /** Leaves an actor out, if it is not to be told. */
  const leaves = (event: UntoldInspection, ref: SeenRef, room: Allowance | undefined): boolean => {
    const parent = ref._parent?.sessionId;
    const isOne = isWrite(ref);
    if (!(isOne && room === undefined) && (parent === undefined || !silent.has(parent))) return false;
    const rootId = rootIdOf(ref);
    if (isOne) leftOut.count(rootId, 'writes');
    leftOut.count(rootId, 'actors');
    silent.set(ref.sessionId, event);
    return true;
  };

  const arrives = (event: InspectionEvent, ref: SeenRef): boolean => {
    const room = isWrite(ref) ? roomFor(event.rootId) : undefined;
    if (leaves(event, ref, room)) return false;
    if (room !== undefined) {
      room.left -= 1;
      room.told += 1;
    }
    return true;
  };

  return {
    isSilent: (sessionId) => silent.has(sessionId),
    wants(event) {
      const ref = seenRef(event);
      if (event.type === '@xstate.actor')
        return !leaves(event, ref, isWrite(ref) ? roomFor(rootIdOf(ref)) : undefined);
      if (!silent.has(ref.sessionId)) return true;
      if (event.type !== '@xstate.snapshot') return false;
      if (isTrouble(event.snapshot)) return true;
      if (statusOf(event.snapshot) === 'active') return false;
      // Of an initial action that throws XState tells the snapshot from before it: how that ends is told later.
      if (event.actorRef.getSnapshot() !== event.snapshot) return true;
      silent.delete(ref.sessionId);
      return false;
    },
    filter(event) {
      const ref = seenRef(event);
      if (event.type === '@xstate.actor') return arrives(event, ref) ? [event] : none;
      if (isEndOfRoot(event)) {
        writes.delete(event.rootId);
        leftOut.end(event.rootId);
      }
      const announced = silent.get(ref.sessionId);
      if (announced === undefined) return [event];
      if (event.type !== '@xstate.snapshot') return none;
      // A child of one that is left out would have no parent: trouble below shows in the write's own state.
      if (isTrouble(event.snapshot) && !silent.has(ref._parent?.sessionId ?? '')) {
        silent.delete(ref.sessionId);
        leftOut.count(event.rootId, 'actors', -1);
        if (isWrite(ref)) leftOut.count(event.rootId, 'writes', -1);
        return [madeReady(announced), event];
      }
      if (statusOf(event.snapshot) !== 'active') silent.delete(ref.sessionId);
      return none;
    },
  };
}

const isWrite = (ref: SeenRef): boolean => kindOf(ref) === 'write';

/** A run, or whatever else has no actor above it, has ended. */
function isEndOfRoot(event: InspectionEvent): boolean {
  if (event.type !== '@xstate.snapshot' || seenRef(event).sessionId !== event.rootId) return false;
  return statusOf(event.snapshot) !== 'active';
}

// These are asked of every snapshot: they make nothing.

/** What is read of a snapshot of whatever kind. */
interface Shot {
  readonly status?: unknown;
  readonly value?: unknown;
}
// Any object has fields that may be there or not.
const shotOf = (snapshot: unknown): Shot | null =>
  typeof snapshot === 'object' ? (snapshot as Shot | null) : null;

function statusOf(snapshot: unknown): string {
  const status = shotOf(snapshot)?.status;
  return typeof status === 'string' ? status : '';
}

/** Whether its status or its innermost state is one that a person wants to see. */
const isTrouble = (snapshot: unknown): boolean =>
  trouble.has(statusOf(snapshot)) || trouble.has(innermost(shotOf(snapshot)?.value));

function innermost(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  // As above.
  const states = value as Readonly<Record<string, unknown>>;
  for (const name in states) return innermost(states[name]);
  return '';
}
