// Owns which plans a session has had persisted, so that they end with it: what Spark holds belongs to the server, and outlives
// the session that asked for it.
import { isTailraceError } from '@tailrace/core';
import { SparkError } from '../client/spark-error.js';
import type { Relation } from '../protocol/relation.js';
import { printOf } from './equal-plans.js';

export interface KeptPlans {
  /** Runs a request to persist a plan. What became of one that was cut off is not known: then it counts as persisted for good. */
  persist(relation: Relation, ask: () => Promise<unknown>): Promise<void>;
  /** Runs a request to let go of a plan. */
  unpersist(relation: Relation, ask: () => Promise<unknown>): Promise<void>;
  /** Another one, of this session or not, has an equal plan persisted, and lets go of it. What is not known to be held stays here. */
  leave(relation: Relation): void;
  /** The plans that the server may still hold. */
  readonly left: readonly Relation[];
}

/**
 * Untold: a request to persist it was cut off, and may still be at work. Doubtful: so it is, and Spark has let go of it once
 * since.
 */
type Kept = 'held' | 'untold' | 'doubtful';

/** How many doubtful plans are let go of once more when the session ends: the latest. A plan may hold the data of its rows. */
const maxDoubtful = 100;

export function createKeptPlans(): KeptPlans {
  const kept = new Map<Relation, Kept>();
  const doubt = (relation: Relation): void => {
    kept.delete(relation);
    kept.set(relation, 'doubtful');
    const doubtful = [...kept].filter(([, state]) => state === 'doubtful');
    for (const [oldest] of doubtful.slice(0, -maxDoubtful)) kept.delete(oldest);
  };
  /**
   * Plans that were made anew, call by call: Spark takes them for the same, and lets go of one by another, unless they draw
   * random numbers without a seed. So what became of them is not known: they are let go of once more when the session ends.
   */
  const equalTo = (relation: Relation): Relation[] => {
    const others = [...kept.keys()];
    if (others.length === 0) return [];
    const print = printOf(relation);
    return others.filter((other) => printOf(other) === print);
  };
  const restore = (relation: Relation, before: Kept | undefined): void => {
    if (before === undefined) kept.delete(relation);
    else kept.set(relation, before);
  };
  return {
    persist: async (relation, ask) => {
      const before = kept.get(relation);
      kept.set(relation, 'untold');
      try {
        await ask();
        if (before === undefined || before === 'held') kept.set(relation, 'held');
      } catch (error) {
        if (isRefusal(error)) restore(relation, before);
        throw error;
      }
    },
    unpersist: async (relation, ask) => {
      await ask();
      // A request to persist that was cut off may still be at work, behind this one.
      const state = kept.get(relation);
      if (state === 'held') kept.delete(relation);
      else if (state !== undefined) doubt(relation);
      else for (const other of equalTo(relation)) doubt(other);
    },
    leave: (relation) => {
      if (kept.get(relation) === 'held') kept.delete(relation);
    },
    get left() {
      return [...kept.keys()];
    },
  };
}

/** Whether Spark itself has refused it, rather than the connection, or nothing was sent. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof SparkError) return error.errorClass !== undefined;
  return isTailraceError(error) && error.code === 'PLAN_INVALID';
}
