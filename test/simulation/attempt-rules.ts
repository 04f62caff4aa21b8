// Owns the rules of attempts: how many a write may have, how each ends, and that nothing fails without a cause.
import type { OutputReport } from '../../packages/core/src/pool/output-report.js';
import type { FromWorker } from '../../packages/core/src/wire/messages.js';
import type { OutputPlan } from './plans.js';
import type { World } from './world.js';

export interface AttemptRules {
  started(attemptId: string): void;
  /** It is told to end: what it answers after that does not count. */
  givenUp(attemptId: string): void;
  /** Its worker is being ended, before which it may still answer. */
  losing(attemptId: string): void;
  ended(attemptId: string, outcome: FromWorker['type'] | 'lost'): void;
  /** Something happened after which outputs may end otherwise than well. */
  excuse(cause: string): void;
  isExcused(): boolean;
  /** An output has not ended well: there must be a cause. `plans`: its own, and those of what commits together with it. */
  mayFail(output: Pick<OutputReport, 'name' | 'state' | 'error'>, plans: readonly OutputPlan[]): void;
}

/** Workers that may die under one write: two, and then the one that it has for itself. */
const mostLosses = 3;

interface Counts {
  started: number;
  lost: number;
  prepared: number;
}

export function createAttemptRules(
  world: World,
  process: string,
  planOf: ReadonlyMap<string, OutputPlan>,
): AttemptRules {
  const writes = new Map<string, Counts>();
  const open = new Set<string>();
  const givenUp = new Set<string>();
  /** Given up, and their workers were ended before they had answered. */
  const lostGivenUp = new Set<string>();
  const excuses = new Set<string>();
  const writeOf = (attemptId: string): [string, Counts] => {
    const id = attemptId.slice(0, attemptId.lastIndexOf('#'));
    const counts = writes.get(id) ?? { started: 0, lost: 0, prepared: 0 };
    writes.set(id, counts);
    return [id, counts];
  };
  const broken = (message: string): void => world.violate('broken rule', `${process}: ${message}`);

  return {
    started(attemptId) {
      const [id, counts] = writeOf(attemptId);
      counts.started += 1;
      if (open.has(attemptId)) broken(`${attemptId} was started twice`);
      open.add(attemptId);
      if (counts.prepared > 0) broken(`${attemptId} was started after its write was prepared`);
      const plan = planOf.get(id.slice(0, id.indexOf('~')));
      if (plan !== undefined && counts.started - counts.lost > plan.attempts)
        broken(
          `${id} is tried ${counts.started} times (${counts.lost} lost), its policy allows ${plan.attempts}`,
        );
    },
    givenUp: (attemptId) => void givenUp.add(attemptId),
    losing(attemptId) {
      if (givenUp.has(attemptId)) lostGivenUp.add(attemptId);
    },
    ended(attemptId, outcome) {
      const [id, counts] = writeOf(attemptId);
      if (!open.delete(attemptId)) broken(`${attemptId} ended twice`);
      // An answer that was under way when its attempt was given up, after its time: the write goes on without it.
      if (outcome === 'attempt.prepared' && !givenUp.has(attemptId)) counts.prepared += 1;
      if (outcome !== 'lost') return;
      excuses.add('lost worker');
      counts.lost += 1;
      // One that is given up after its time may lose its worker too: that is not a loss of the write's.
      const isTimed = (planOf.get(id.slice(0, id.indexOf('~')))?.timeoutMs ?? 0) > 0;
      if (counts.lost > mostLosses && !isTimed) broken(`${id} has lost ${counts.lost} workers`);
    },
    excuse: (cause) => void excuses.add(cause),
    isExcused: () => excuses.size > 0,
    mayFail(output, plans) {
      const code = output.error?.code ?? 'CANCELLED';
      const isExpected =
        excuses.size > 0 ||
        world.faults.size > 0 ||
        // Another run has it, or left something there.
        code === 'TARGET_EXISTS' ||
        code === 'CONFLICT' ||
        code === 'WRITE_TIMEOUT' ||
        // A worker that does not answer in its grace when an attempt is given up is ended (seed 310014015).
        (code === 'POOL_BROKEN' && lostGivenUp.size > 0) ||
        plans.some(({ poisonRow, flakyRow }) => poisonRow !== undefined || flakyRow !== undefined);
      if (!isExpected)
        broken(`${output.name} ended ${output.state} without a cause: ${output.error?.message}`);
    },
  };
}
