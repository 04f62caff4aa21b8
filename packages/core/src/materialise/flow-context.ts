// Owns the link between an operator and the run it is part of: set while a stage's stream is subscribed, read by the
// gated operators at that moment. RxJS subscribes synchronously, so a plain variable is enough, and it also reaches
// operators inside a `pipe(...)`. It is also set while a stage is given an item, so that what the stage subscribes then
// (the inner streams of switchMap or concatMap) is gated too.
import type { Clock } from '../time/clock.js';
import type { Memory } from './memory.js';

/** What lies after an operator: whether it may emit. */
export interface Downstream {
  /** May emit now. */
  readonly open: boolean;
  /** Resolves when it may emit; rejects with the signal's reason. */
  whenOpen(signal?: AbortSignal): Promise<void>;
}

/** What lies before an operator: whether it is to be asked for more. */
export interface Upstream {
  /** Asks for nothing more until the returned function is called (once). */
  block(): () => void;
}

export interface FlowContext {
  /** Name of the stage, for messages. */
  readonly stage: string;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly upstream: Upstream;
  readonly downstream: Downstream;
  /** Calls this once, when the stage and all behind it have ended: no operator of theirs reads anything any more. */
  readonly whenOver?: ((listener: () => void) => void) | undefined;
}

let current: FlowContext | undefined;

/** The context of the stage that is being subscribed, or undefined outside a run. */
export function flowContext(): FlowContext | undefined {
  return current;
}

/**
 * For operators whose items stand for what somebody is to let go of: to be called while the operator is subscribed.
 * @param listener called once, when the stage of the operator and all stages behind it have ended, however; outputs may still
 *   write what they were given. What it throws is told as a failure of the stage that no output has
 * @returns false outside a run, where nobody knows who reads
 */
export function whenStageOver(listener: () => void): boolean {
  const { whenOver } = current ?? {};
  whenOver?.(listener);
  return whenOver !== undefined;
}

/**
 * Makes `context` the current one (undefined: none) and returns the one before, which the caller puts back in a
 * `finally`. For the way of every item, where a closure per call would cost more than the call.
 */
export function swapFlowContext(context: FlowContext | undefined): FlowContext | undefined {
  const outer = current;
  current = context;
  return outer;
}

/** Runs `subscribe` with `context` as the current one. */
export function inFlowContext<T>(context: FlowContext, subscribe: () => T): T {
  const outer = swapFlowContext(context);
  try {
    return subscribe();
  } finally {
    swapFlowContext(outer);
  }
}
