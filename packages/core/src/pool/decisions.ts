// Owns what becomes of a failure in a pool: asks the output's policy, then the retry budgets, and whether to wait for room.
import type { PlainError } from '../errors/plain-error.js';
import { budgetSpent, type RetryBudget, takeRetry } from '../retry/budget.js';
import { type CheckedDecision, checkedDecision } from '../retry/checked-decision.js';
import { decidePause, type Pause, type PauseDecision } from '../retry/disk-full.js';
import type { Clock, Random } from '../time/clock.js';
import type { OutputRecord } from './output-record.js';

export interface Decisions {
  /** A write of the output was begun. */
  begun(record: OutputRecord): void;
  /** Without a record the output has ended: nothing is tried again. `attempt` counts those that failed, this one included. */
  ofWrite(record: OutputRecord | undefined, error: PlainError, attempt: number): CheckedDecision;
  ofCommit(record: OutputRecord | undefined, error: PlainError, attempt: number): CheckedDecision;
  ofFullDisk(
    record: OutputRecord | undefined,
    error: PlainError,
    pause: Pause | undefined,
  ): PauseDecision | undefined;
}

export interface DecisionsOptions {
  /** Of all outputs together. */
  readonly retryBudget: RetryBudget;
  readonly clock: Clock;
  readonly random: Random;
}

export function createDecisions({ retryBudget, clock, random }: DecisionsOptions): Decisions {
  /** The budgets are asked last: what the policy gives up costs nothing. */
  const decide = (
    { name, retry }: OutputRecord,
    error: PlainError,
    attempt: number,
    budgets: readonly RetryBudget[],
  ): CheckedDecision => {
    const decision = checkedDecision(retry, { output: name, error, attempt }, random);
    if (!decision.retry) return decision;
    const spent = takeRetry(budgets);
    return spent === undefined ? decision : { retry: false, error: budgetSpent(error, spent) };
  };
  return {
    begun(record) {
      for (const budget of [record.retryBudget, retryBudget]) budget.begun += 1;
    },
    ofWrite: (record, error, attempt) =>
      record === undefined
        ? { retry: false }
        : decide(record, error, attempt, [record.retryBudget, retryBudget]),
    // An output has one commit: what its writes have used up must not keep it from being tried again.
    ofCommit: (record, error, attempt) =>
      record === undefined ? { retry: false } : decide(record, error, attempt, [retryBudget]),
    ofFullDisk: (record, error, pause) =>
      record === undefined ? undefined : decidePause(record, error, pause, clock.now()),
  };
}
