// Owns the public entry `@tailrace/adapters/terminal`: a live display of runs and a summary table.
export type { OutputSummary, ProgressSource, RunSummary, StageSummary } from './progress-source.js';
export type { TerminalStream } from './screen.js';
export { type SummaryTableOptions, summaryTable } from './summary-table.js';
export {
  type TerminalProgress,
  type TerminalProgressOptions,
  terminalProgress,
} from './terminal-progress.js';
