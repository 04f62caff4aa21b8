// Owns how many retries there may be in all, besides how often one thing may be tried: when everything fails, retries would
// multiply the work that a store in trouble is asked for. The idea is that of Finagle's RetryBudget (a share of the requests,
// and some for the start) and of gRPC's retry throttling (proposal A6); a run has an end, so nothing expires here.
import { PlanError } from '../errors/named-errors.js';
import type { PlainError } from '../errors/plain-error.js';

/** How many retries there may be in all, whatever policies allow each write. */
export interface RetryBudgetOptions {
  /** Retries there may be at least, however little was begun: 10 per output and 100 per run by default. */
  readonly minRetries?: number | undefined;
  /** Retries there may be per write that was begun; 0.2 by default: one in five. `Infinity` for no limit. */
  readonly retriesPerWrite?: number | undefined;
}

export interface RetryLimits {
  readonly minRetries: number;
  readonly retriesPerWrite: number;
}

export interface RetryBudget {
  /** Whose it is, for people: `output routes`, `the run`. */
  readonly owner: string;
  readonly scope: 'output' | 'run';
  readonly limits: RetryLimits;
  /** Writes, or commits, that were begun; retries are not counted. */
  begun: number;
  retries: number;
}

/** Limits with their defaults. Throws a PlanError for what is no number of 0 or more. */
export function retryLimits(
  options: RetryBudgetOptions | undefined,
  defaults: { readonly minRetries: number },
): RetryLimits {
  const { minRetries = defaults.minRetries, retriesPerWrite = 0.2 } = options ?? {};
  for (const [name, value] of Object.entries({ minRetries, retriesPerWrite })) {
    if (typeof value === 'number' && value >= 0) continue;
    throw new PlanError(`${name} of a retryBudget must be a number of 0 or more, not ${String(value)}.`, {
      operation: 'set up retries',
    });
  }
  return { minRetries, retriesPerWrite };
}

export function createRetryBudget(
  owner: string,
  scope: RetryBudget['scope'],
  limits: RetryLimits,
): RetryBudget {
  return { owner, scope, limits, begun: 0, retries: 0 };
}

/** Retries there may be in all once `begun` writes were begun. */
export function retriesAllowed({ minRetries, retriesPerWrite }: RetryLimits, begun: number): number {
  // Nothing begun: 0 times Infinity is no number.
  return Math.max(minRetries, begun === 0 ? 0 : Math.floor(retriesPerWrite * begun));
}

/** Takes one retry from every budget, or from none: then it gives back the one that is spent. */
export function takeRetry(budgets: readonly RetryBudget[]): RetryBudget | undefined {
  const spent = budgets.find(({ limits, begun, retries }) => retries >= retriesAllowed(limits, begun));
  if (spent === undefined) for (const budget of budgets) budget.retries += 1;
  return spent;
}

/** The error of an attempt that the policy would have had tried again. It leads: code and status stay. */
export function budgetSpent(
  error: PlainError,
  { owner, scope, begun, retries, limits }: RetryBudget,
): PlainError {
  const why =
    `The retry budget of ${owner} is spent: ${retries} retries of ${begun} begun writes ` +
    `(at most ${limits.minRetries}, or ${limits.retriesPerWrite} per write)`;
  return {
    ...error,
    message: `${error.message} It was not tried again. ${why}. Find out why so much fails, or raise retryBudget.`,
    context: { ...error.context, retryBudget: scope },
    causes: [...error.causes, why],
  };
}
