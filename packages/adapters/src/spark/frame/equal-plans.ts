// Owns what this process knows of equal plans, whichever sessions they are of, as Spark keeps one for all of them: which are held by
// hand, and which Spark is just asked to let go of.
import { orCancelled } from '../client/wait.js';
import type { Relation } from '../protocol/relation.js';
import { fingerprintOf, type PlanText, textOfPlan } from './plan-text.js';

/** A plan, and the session that has had it persisted. */
export interface HeldPlan {
  readonly session: { readonly server: string; readonly isAway: boolean };
  readonly relation: Relation;
}

/** Of plans, which may hold the data of their rows, not their text. */
const prints = new WeakMap<Relation, string>();

/**
 * The same for equal plans.
 * @param text that of the plan, where it is there already
 */
export function printOf(relation: Relation, text?: PlanText): string {
  const print = prints.get(relation) ?? fingerprintOf(text ?? textOfPlan(relation));
  prints.set(relation, print);
  return print;
}

/** What equal plans of one server have in common. */
export const planName = (server: string, print: string): string => `${server} ${print}`;

const nameOf = ({ session, relation }: HeldPlan): string => planName(session.server, printOf(relation));

/** By holder, with the name of the plan from when it was first compared: making one takes time, and few are ever compared. */
const byHand = new Map<object, { readonly plan: HeldPlan; readonly name?: string }>();
/** Of those, the ones with a name, by it and by holder: a plan is not compared with each of thousands. */
const byName = new Map<string, Map<object, HeldPlan>>();
const unnamed = new Map<object, HeldPlan>();

/**
 * A plan stays, whatever runs let go of, until its holder gives it up or its session is closed or lost.
 * @param holder whoever gives it up: for what `persist` holds, its relation
 */
export function heldByHand(holder: object, plan: HeldPlan): void {
  givenUpByHand(holder);
  byHand.set(holder, { plan });
  unnamed.set(holder, plan);
}

export const isHolding = (holder: object): boolean => byHand.has(holder);

/** Of a holder that has nothing: does nothing. */
export function givenUpByHand(holder: object): void {
  const { name = '' } = byHand.get(holder) ?? {};
  const equal = byName.get(name);
  equal?.delete(holder);
  if (equal?.size === 0) byName.delete(name);
  unnamed.delete(holder);
  byHand.delete(holder);
}

/** What is held by hand of equal plans at this moment, by holder. */
export function equalByHand(plan: HeldPlan): ReadonlyMap<object, HeldPlan> {
  if (byHand.size === 0) return new Map();
  nameAll();
  return new Map(byName.get(nameOf(plan)));
}

function nameAll(): void {
  for (const [holder, plan] of unnamed) {
    const name = nameOf(plan);
    const equal = byName.get(name) ?? new Map<object, HeldPlan>();
    byName.set(name, equal.set(holder, plan));
    byHand.set(holder, { plan, name });
  }
  unnamed.clear();
}

/** Of a session that ends or is lost: it gives up nothing any more. */
export function nothingByHandIn(session: HeldPlan['session']): void {
  for (const [holder, { plan }] of byHand) if (plan.session === session) givenUpByHand(holder);
}

const leaving = new Map<string, Promise<void>>();

/** @param gone settles when Spark has let go of the plan of that name, or has not answered; never rejects */
export async function leaves(name: string, gone: Promise<void>): Promise<void> {
  leaving.set(name, gone);
  try {
    await gone;
  } finally {
    if (leaving.get(name) === gone) leaving.delete(name);
  }
}

/**
 * Waits until an equal plan has gone that is just let go of: it would take along what is persisted meanwhile.
 * @throws CancelledError when the signal is aborted first
 */
export async function whenGone(name: () => string, signal: AbortSignal | undefined): Promise<void> {
  if (leaving.size === 0) return;
  const plan = name();
  for (let gone = leaving.get(plan); gone !== undefined; gone = leaving.get(plan))
    await orCancelled(gone, 'let go of an equal plan', signal);
}

export const whenEqualGone = (plan: HeldPlan, signal: AbortSignal | undefined): Promise<void> =>
  whenGone(() => nameOf(plan), signal);
