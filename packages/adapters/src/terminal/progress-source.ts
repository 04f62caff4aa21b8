// Owns what the display reads of a run: a snapshot on demand, a promise of its end, a report. It never changes a run.
import type { OutputReport, Report, RunProgress } from '@tailrace/core';

/** What `terminalProgress` needs; a `Run` is one. */
export interface ProgressSource {
  progress(): RunProgress;
  /** Settles when the run is over, either way. */
  readonly completed: Promise<unknown>;
  /** Resolves before it: whoever waits for this one writes what follows the display. */
  readonly settled?: Promise<unknown> | undefined;
}

/** What `summaryTable` shows of an output. */
export type OutputSummary = Pick<
  OutputReport,
  | 'name'
  | 'target'
  | 'state'
  | 'rows'
  | 'rejected'
  | 'bytes'
  | 'files'
  | 'writes'
  | 'attempts'
  | 'writeMs'
  | 'error'
>;

/** What `summaryTable` shows of a stage. */
export type StageSummary = Pick<Report['stages'][number], 'name' | 'receivedItems' | 'droppedItems'>;

/** What `summaryTable` needs; a `Report` is one. */
export interface RunSummary
  extends Pick<
    Report,
    | 'pipeline'
    | 'state'
    | 'elapsedMs'
    | 'rows'
    | 'bytes'
    | 'peakBytesHeld'
    | 'readMs'
    | 'computeMs'
    | 'writeMs'
    | 'hiddenShare'
  > {
  readonly advice: Pick<Report['advice'], 'text'>;
  readonly outputs: readonly OutputSummary[];
  /** Undefined counts as nothing dropped. */
  readonly stages?: readonly StageSummary[] | undefined;
}
