// Owns having Spark keep a plan and let go of it: by hand, as users do, and for runs, which leave alone what is held by hand.
import type { CallSettings, Engine } from './engine.js';
import {
  equalByHand,
  givenUpByHand,
  type HeldPlan,
  heldByHand,
  isHolding,
  whenEqualGone,
} from './equal-plans.js';
import { type StorageLevelName, storageLevel } from './storage-level.js';

/** A plan of a session. */
export interface PlanOfSession extends HeldPlan {
  readonly session: Engine;
}

/** Options of `unpersist`. */
export interface UnpersistOptions extends CallSettings {
  /** Wait until it is gone. Default false. */
  readonly blocking?: boolean;
  /** Tries after the first. Default: as the session has it. */
  readonly maxRetries?: number;
}

/** Of a run, which lets go of it by `unpersistOfRun`. */
export async function persistForRun(
  { session, relation }: PlanOfSession,
  level: StorageLevelName,
  options: CallSettings,
): Promise<void> {
  const value = { relation, storageLevel: storageLevel(level) };
  await session.kept.persist(relation, () =>
    session.analyze({ case: 'persist', value }, 'persist the plan', options),
  );
}

/** It stays when runs of this process let go of an equal plan. */
export async function persistByHand(
  plan: PlanOfSession,
  level: StorageLevelName,
  options: CallSettings,
): Promise<void> {
  const { relation } = plan;
  const isAgain = isHolding(relation);
  heldByHand(relation, plan);
  try {
    await whenEqualGone(plan, options.signal);
    await persistForRun(plan, level, options);
  } catch (error) {
    if (!isAgain) givenUpByHand(relation);
    throw error;
  }
}

/** For all sessions of that server, and whoever holds an equal plan by hand. */
export async function unpersistByHand(plan: PlanOfSession, options: UnpersistOptions): Promise<void> {
  const equal = equalByHand(plan);
  await unpersist(plan, options);
  // Not before: Spark may still hold what it could not be asked to let go of.
  for (const holder of equal.keys()) givenUpByHand(holder);
}

/**
 * Leaves it where an equal plan is held by hand in this process. That is not so of a session whose server is away: of one that is not
 * closed it would be so for good.
 * @param isFound whether Spark finds the plan when it is asked for it again: one that it does not find is equal to no other, whatever its
 *   text
 */
export async function unpersistOfRun(
  plan: PlanOfSession,
  isFound: boolean,
  options: UnpersistOptions,
): Promise<void> {
  const { session, relation } = plan;
  const equal = [...equalByHand(plan).values()];
  const isHeldItself = equal.some((other) => other.relation === relation);
  // What this very plan is held for by hand, its session lets go of.
  if (isHeldItself) return;
  if (isFound && equal.some((other) => !other.session.isAway)) session.kept.leave(relation);
  else await unpersist(plan, options);
}

async function unpersist({ session, relation }: PlanOfSession, options: UnpersistOptions): Promise<void> {
  const value = { relation, blocking: options.blocking ?? false };
  await session.kept.unpersist(relation, () =>
    session.analyze({ case: 'unpersist', value }, 'unpersist the plan', options),
  );
}
