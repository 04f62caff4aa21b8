// Owns the view of a run under way, for progress displays.
import type { OutputProgress } from '../pool/output-report.js';
import type { StageStats } from './stats.js';

export interface SourceProgress {
  readonly name: string;
  readonly rows: number;
  /** When the source knows it beforehand. */
  readonly totalRows?: number | undefined;
  /** Rows that did not fit its columns. */
  readonly rejectedRows?: number | undefined;
  /** Items that its overflow policy has dropped, for sources that push. */
  readonly droppedItems?: number | undefined;
}

export interface RunProgress {
  /** `running`, `flushing`, ...: the state of the run machine. */
  readonly state: string;
  readonly elapsedMs: number;
  /** Rows that have entered outputs. */
  readonly rows: number;
  readonly bytesHeld: number;
  readonly bytesLimit: number;
  readonly outputs: readonly OutputProgress[];
  readonly sources: readonly SourceProgress[];
}

/** The sources among the nodes of a running graph. */
export function sourceProgressOf(stages: readonly StageStats[]): SourceProgress[] {
  return stages.flatMap(({ kind, name, rows, totalItems, rejectedRows, droppedItems }) =>
    kind === 'source' ? [{ name, rows, totalRows: totalItems, rejectedRows, droppedItems }] : [],
  );
}
