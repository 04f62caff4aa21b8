// Owns the short table shown when a run is over: what was written, how long it took, how much of that was hidden.
import { isAbsolute, relative } from 'node:path';
import type { OutputSummary, RunSummary } from './progress-source.js';
import { safeText } from './safe-text.js';
import { formatBytes, formatCount, formatDuration, formatShare } from './units.js';
import { padToWidth, widest } from './width.js';

interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly cell: (output: OutputSummary) => string;
  /** Left out where it is 0 in every line. */
  readonly optional?: true;
}

const columns: readonly Column[] = [
  { title: 'output', align: 'left', cell: (output) => safeText(output.name) },
  { title: 'state', align: 'left', cell: (output) => output.state },
  { title: 'rows', align: 'right', cell: (output) => formatCount(output.rows) },
  { title: 'rejected', align: 'right', cell: (output) => formatCount(output.rejected), optional: true },
  { title: 'size', align: 'right', cell: (output) => formatBytes(output.bytes) },
  { title: 'files', align: 'right', cell: (output) => formatCount(output.files) },
  { title: 'writes', align: 'right', cell: (output) => formatCount(output.writes) },
  { title: 'attempts', align: 'right', cell: (output) => formatCount(output.attempts) },
  { title: 'writing', align: 'right', cell: (output) => formatDuration(output.writeMs) },
  { title: 'target', align: 'left', cell: (output) => safeText(shortTarget(output.target)) },
];

/** A path beneath the working directory as one would type it there; everything else as it is. */
function shortTarget(target: string): string {
  if (!isAbsolute(target)) return target;
  const short = relative(process.cwd(), target);
  return short === '' || short.startsWith('..') || isAbsolute(short) ? target : short;
}

/** What the table tells beside the numbers. */
export interface SummaryTableOptions {
  /** Say why outputs failed. Default true; false for programs that tell it themselves. */
  readonly reasons?: boolean;
}

/**
 * The report of a run as text for a terminal or a log, without colours: a line for each output, then what the run has written, in
 * what time and how much of that was hidden behind computing, its advice, and why outputs failed. Times are written in ms, s and
 * min, sizes in units of 1,000 bytes. Targets and messages are told without credentials that can be told by their form, and
 * without control characters. It throws nothing.
 * @param report that of a run, whichever way it ended: `await run.settled`
 * @param options what is told beside the numbers
 * @returns lines that end with a line break each
 */
export function summaryTable(report: RunSummary, { reasons = true }: SummaryTableOptions = {}): string {
  const failed = reasons ? report.outputs.filter((output) => output.error !== undefined) : [];
  const dropped = (report.stages ?? []).filter(({ droppedItems = 0 }) => droppedItems > 0);
  const files = report.outputs.reduce((sum, output) => sum + (output.state === 'done' ? output.files : 0), 0);
  return [
    ...tableOf(report.outputs),
    '',
    `${safeText(report.pipeline)} ${report.state}: wrote ${formatCount(report.rows)} rows (${formatBytes(report.bytes)}, ` +
      `files: ${formatCount(files)}) in ${formatDuration(report.elapsedMs)}, ` +
      `${formatShare(report.hiddenShare)} of the writing hidden behind computing`,
    `reading ${formatDuration(report.readMs)}, computing ${formatDuration(report.computeMs)}, ` +
      `writing ${formatDuration(report.writeMs)}; at most ${formatBytes(report.peakBytesHeld)} held`,
    ...dropped.map(
      ({ name, droppedItems = 0, receivedItems = 0 }) =>
        `${safeText(name)} dropped ${formatCount(droppedItems)} of ${formatCount(receivedItems)} items`,
    ),
    safeText(report.advice.text),
    ...failed.map((output) => `${safeText(output.name)} failed: ${safeText(output.error?.message ?? '')}`),
    '',
  ].join('\n');
}

function tableOf(outputs: readonly OutputSummary[]): string[] {
  const shown = columns.filter(
    ({ optional, cell }) => optional !== true || outputs.some((output) => cell(output) !== '0'),
  );
  const rows = [
    shown.map(({ title }) => title),
    ...outputs.map((output) => shown.map(({ cell }) => cell(output))),
  ];
  const widths = shown.map((_, index) => widest(rows.map((cells) => cells[index] ?? '')));
  return rows.map((cells) =>
    cells
      .map((cell, index) => padToWidth(cell, widths[index] ?? 0, shown[index]?.align))
      .join('  ')
      .trimEnd(),
  );
}
