// Owns which plans a session has had persisted, so that they end with it: what Spark holds belongs to the server, and outlives the
// session that asked for it.
import { isTailraceError } from '@tailrace/core';
import { SparkError } from '../client/spark-error.js';
import type { Relation } from '../protocol/relation.js';

export interface KeptPlans {
  /** Runs a request to persist a plan. What became of one that was cut off is not known: then it counts as persisted for good. */
  persist(relation: Relation, ask: () => Promise<unknown>): Promise<void>;
  /** Runs a request to let go of a plan. */
  unpersist(relation: Relation, ask: () => Promise<unknown>): Promise<void>;
  /** The plans that the server may still hold. */
  readonly left: readonly Relation[];
}

export function createKeptPlans(): KeptPlans {
  const kept = new Map<Relation, 'held' | 'untold'>();
  const restore = (relation: Relation, before: 'held' | 'untold' | undefined): void => {
    if (before === undefined) kept.delete(relation);
    else kept.set(relation, before);
  };
  return {
    persist: async (relation, ask) => {
      const before = kept.get(relation);
      kept.set(relation, 'untold');
      try {
        await ask();
        if (before !== 'untold') kept.set(relation, 'held');
      } catch (error) {
        if (isRefusal(error)) restore(relation, before);
        throw error;
      }
    },
    unpersist: async (relation, ask) => {
      await ask();
      // A request to persist that was cut off may still be at work, behind this one.
      if (kept.get(relation) === 'held') kept.delete(relation);
    },
    get left() {
      return [...kept.keys()];
    },
  };
}

/** Whether Spark itself has refused it, rather than the connection, or nothing was sent. */
function isRefusal(error: unknown): boolean {
  if (error instanceof SparkError) return error.errorClass !== undefined;
  return isTailraceError(error) && error.code === 'PLAN_INVALID';
}
