// Owns the view of a run under way, for progress displays.
import type { Budget } from '../budget/budget.js';
import type { OutputProgress } from '../pool/output-report.js';
import type { NodeState } from './node.js';
import type { StageStats } from './stats.js';

/** How far a source has been read. */
export interface SourceProgress {
  readonly name: string;
  /** Rows it has given. */
  readonly rows: number;
  /** Rows it has in all, when it knows that beforehand. */
  readonly totalRows?: number | undefined;
  /** Rows that did not fit its columns. */
  readonly rejectedRows?: number | undefined;
  /** Items that its overflow policy has dropped, for sources that push. */
  readonly droppedItems?: number | undefined;
}

/** One node of the graph: a source, a stage, a hold. */
export interface StageProgress {
  readonly name: string;
  readonly kind: StageStats['kind'];
  readonly state: NodeState;
  /** Rows it has emitted. */
  readonly rows: number;
  /** Times so far, in milliseconds, as in the report: of sources and holds, 0 for all others. */
  readonly busyMs: number;
  readonly readMs: number;
  readonly blockedMs: number;
  readonly heldUpMs: number;
}

/** A run under way, for progress displays: plain data, true at the moment of `run.progress()`. */
export interface RunProgress {
  /** `running`, `flushing`, ...: the state of the run machine. */
  readonly state: string;
  /** Milliseconds since it was started. */
  readonly elapsedMs: number;
  /** Rows that have entered outputs. */
  readonly rows: number;
  /** Bytes of those rows in memory, as columns. */
  readonly bytes: number;
  /** Bytes that the budget counts now. */
  readonly bytesHeld: number;
  /** Bytes that may be held: the option `memory`. */
  readonly bytesLimit: number;
  /** Workers there are now: 0 when everything runs on the main thread. */
  readonly workers: number;
  /** Bytes held at which sources pause. */
  readonly bytesHighWater: number;
  /** Bytes held at which they go on. */
  readonly bytesLowWater: number;
  readonly outputs: readonly OutputProgress[];
  readonly sources: readonly SourceProgress[];
  /** Every node that runs, sources included, in the order of declaration. */
  readonly stages: readonly StageProgress[];
}

/** What of the budget a progress tells. */
export const heldOf = (
  budget: Pick<Budget, 'usedBytes' | 'limitBytes' | 'highWaterBytes' | 'lowWaterBytes'>,
): Pick<RunProgress, 'bytesHeld' | 'bytesLimit' | 'bytesHighWater' | 'bytesLowWater'> => ({
  bytesHeld: budget.usedBytes,
  bytesLimit: budget.limitBytes,
  bytesHighWater: budget.highWaterBytes,
  bytesLowWater: budget.lowWaterBytes,
});

/** The sources among the nodes of a running graph. */
export function sourceProgressOf(stages: readonly StageStats[]): SourceProgress[] {
  return stages.flatMap(({ kind, name, rows, totalItems, rejectedRows, droppedItems }) =>
    kind === 'source' ? [{ name, rows, totalRows: totalItems, rejectedRows, droppedItems }] : [],
  );
}

export function stageProgressOf(stages: readonly StageStats[]): StageProgress[] {
  return stages.map(({ name, kind, state, rows, busyMs, readMs, blockedMs, heldUpMs }) => ({
    name,
    kind,
    state,
    rows,
    busyMs,
    readMs,
    blockedMs,
    heldUpMs,
  }));
}
