// Owns the view of a run under way, for progress displays.
import type { OutputProgress } from '../pool/output-report.js';

export interface SourceProgress {
  readonly name: string;
  readonly rows: number;
  /** When the source knows it beforehand. */
  readonly totalRows?: number | undefined;
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
