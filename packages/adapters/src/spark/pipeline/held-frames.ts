// Owns when Spark lets go of held frames: when nothing of this process can read one any more. That is so when the stage that gave
// it and all behind that have ended, and with them every output that has taken it. Main thread only.
import type { Taker } from '@tailrace/core';
import { leaves, whenGone } from '../frame/equal-plans.js';
import type { Relation } from '../protocol/relation.js';
import { type Letting, letGo } from './held-frame.js';
import { partsOf } from './parts-of.js';

/** The stage that gives a frame, and those behind it: whether they have ended. */
export interface Stages {
  isOver: boolean;
}

/** A frame that Spark holds, or is asked to. */
export interface Kept {
  readonly letting: Letting;
  /** Of equal plans, of which Spark keeps one, the same. */
  readonly plan: string;
  readonly relation: Relation;
  /** Whether all of it has been computed, and is kept where Spark loses none of it: else whoever reads it reads what it is made of. */
  isWhole: boolean;
  readonly stages: Stages;
}

/** Outputs that have begun and have neither been committed nor given up, with what they have taken. */
const outputs = new Map<string, Set<Kept>>();
const frames = new Set<Kept>();

const nameOf = ({ runId, output }: Taker): string => JSON.stringify([runId, output]);

/**
 * From before Spark is asked to hold it. Waits until an equal plan has gone that is just let go of: it would take this one with it.
 * @throws CancelledError when the signal is aborted first: then nothing is held, or asked of Spark
 */
export async function frameBegun(kept: Kept, signal?: AbortSignal): Promise<void> {
  frames.add(kept);
  try {
    await whenGone(() => kept.plan, signal);
  } catch (error) {
    frameForgotten(kept);
    throw error;
  }
}

/** Of a frame that Spark does not hold after all, or that is its holder's: what it alone was to be computed from goes. */
export function frameForgotten(kept: Kept): void {
  frames.delete(kept);
  // Nobody waits for that here, and the sessions of what goes wait for it with their end.
  void unreadLetGo();
}

/** Of a frame that its stage does not give out: nobody will read it. Never rejects. */
export async function frameGivenUp(kept: Kept): Promise<void> {
  const givenUp = { ...kept, stages: { isOver: true } };
  frames.delete(kept);
  frames.add(givenUp);
  await unreadLetGo();
}

/** An output that nobody here knows may read it for longer than can be told: then it stays until its session ends. */
export function frameTaken(kept: Kept, by: Taker): void {
  const taken = outputs.get(nameOf(by));
  if (taken === undefined) frames.delete(kept);
  else taken.add(kept);
}

/** Never rejects. */
export async function stagesOver(stages: Stages): Promise<void> {
  stages.isOver = true;
  await unreadLetGo();
}

export function outputBegun(output: Taker): void {
  outputs.set(nameOf(output), new Set());
}

/** Again: does nothing. Never rejects: what Spark does not let go of is warned of, and asked for again when its session ends. */
export async function outputEnded(output: Taker): Promise<void> {
  if (outputs.delete(nameOf(output))) await unreadLetGo();
}

async function unreadLetGo(): Promise<void> {
  const read = plansRead();
  const unread = [...frames].filter(({ plan }) => !read.has(plan));
  for (const kept of unread) frames.delete(kept);
  await Promise.all(unread.map(leave));
}

async function leave({ plan, letting }: Kept): Promise<void> {
  const gone = letGo(letting);
  // Nobody waits for the end of a stage, and its session is not to be closed in between.
  letting.engine.track(gone);
  await leaves(plan, gone);
}

/** Plans that somebody reads or may read, and those that would be computed from when they are. */
function plansRead(): ReadonlySet<string> {
  const readers = [...frames].filter(({ stages }) => !stages.isOver);
  for (const taken of outputs.values()) readers.push(...taken);
  const read = new Set(readers.map(({ plan }) => plan));
  const parts = partsOf(readers.filter(({ isWhole }) => !isWhole).map(({ relation }) => relation));
  for (const { relation, plan } of frames) if (parts.has(relation)) read.add(plan);
  return read;
}
