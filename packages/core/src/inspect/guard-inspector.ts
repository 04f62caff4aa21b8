// Owns the guard around a caller's inspector: it only looks on, so that its failure is never one of what it looks at.
import type { ActorRefLike } from 'xstate';
import { shownOption } from '../errors/check-options.js';
import { PlanError } from '../errors/named-errors.js';
import { type CompletedInspection, completeInspection } from './complete-inspection.js';
import type { Inspector, UntoldInspection } from './remote-inspection.js';

/** An inspector that never throws, as a function. */
export type GuardedInspector = CompletedInspection & {
  readonly follows: (attempt: ActorRefLike) => boolean;
  /** Undefined for one that wants all. */
  readonly wants: ((event: UntoldInspection) => boolean) | undefined;
};

/**
 * The inspector as a function that never throws. XState calls inspectors in the midst of its transitions, where an error
 * would end the actor; it is also told of ends that XState keeps to itself. One that throws, or rejects, is told of nothing
 * any more; a process warning says so, once.
 */
export function guardInspector(inspector: Inspector | undefined): GuardedInspector | undefined {
  if (inspector === undefined) return undefined;
  if (typeof inspector !== 'function' && (typeof inspector !== 'object' || inspector === null)) {
    throw new PlanError(
      `The option inspect must be a function or an observer, not ${shownOption(inspector)}.`,
      { operation: 'inspect' },
    );
  }
  let isBroken = false;
  const giveUp = (error: unknown): void => {
    if (isBroken) return;
    isBroken = true;
    const said = error instanceof Error ? error.message : String(error);
    const detail = error instanceof Error ? (error.stack ?? '') : '';
    process.emitWarning(
      `The inspector threw: ${said}. It is not called again; what it inspects goes on without it.`,
      { type: 'TailraceWarning', code: 'TAILRACE_INSPECTOR', detail },
    );
  };
  const follows = (attempt: ActorRefLike): boolean => {
    if (isBroken) return false;
    try {
      return inspector.follows?.(attempt) ?? true;
    } catch (error) {
      giveUp(error);
      return false;
    }
  };
  const wants = (event: UntoldInspection): boolean => {
    if (isBroken) return false;
    try {
      return inspector.wants?.(event) ?? true;
    } catch (error) {
      giveUp(error);
      return false;
    }
  };
  const tell = completeInspection((event) => {
    if (isBroken) return;
    try {
      // An async function is a function that returns nothing to TypeScript, but its rejection would end the process.
      const result: unknown = typeof inspector === 'function' ? inspector(event) : inspector.next?.(event);
      if (result instanceof Promise) result.catch(giveUp);
    } catch (error) {
      giveUp(error);
    }
  });
  return Object.assign(tell, { follows, wants: inspector.wants === undefined ? undefined : wants });
}
