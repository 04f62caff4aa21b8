// Owns the short table shown when a run is over: what was written, how long it took, how much of that was hidden.
import type { OutputSummary, RunSummary } from './progress-source.js';
import { formatBytes, formatCount, formatDuration, formatShare } from './units.js';

interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly cell: (output: OutputSummary) => string;
}

const columns: readonly Column[] = [
  { title: 'output', align: 'left', cell: (output) => output.name },
  { title: 'state', align: 'left', cell: (output) => output.state },
  { title: 'rows', align: 'right', cell: (output) => formatCount(output.rows) },
  { title: 'size', align: 'right', cell: (output) => formatBytes(output.bytes) },
  { title: 'files', align: 'right', cell: (output) => formatCount(output.files) },
  { title: 'writes', align: 'right', cell: (output) => formatCount(output.writes) },
  { title: 'attempts', align: 'right', cell: (output) => formatCount(output.attempts) },
  { title: 'writing', align: 'right', cell: (output) => formatDuration(output.writeMs) },
  { title: 'target', align: 'left', cell: (output) => output.target },
];

/** The report of a run as text of a few lines, without colours; ends with a line break. */
export function summaryTable(report: RunSummary): string {
  const failed = report.outputs.filter((output) => output.error !== undefined);
  return [
    ...tableOf(report.outputs),
    '',
    `${report.pipeline} ${report.state}: ${formatCount(report.rows)} rows in ${formatDuration(report.elapsedMs)}, ` +
      `at most ${formatBytes(report.peakBytesHeld)} held`,
    `computing ${formatDuration(report.computeMs)}, writing ${formatDuration(report.writeMs)}, ` +
      `${formatShare(report.hiddenShare)} of the writing hidden behind computing`,
    report.advice.text,
    ...failed.map((output) => `${output.name} failed: ${output.error?.message ?? ''}`),
    '',
  ].join('\n');
}

function tableOf(outputs: readonly OutputSummary[]): string[] {
  const rows = [
    columns.map(({ title }) => title),
    ...outputs.map((output) => columns.map(({ cell }) => cell(output))),
  ];
  const widths = columns.map((_, index) => Math.max(...rows.map((cells) => cells[index]?.length ?? 0)));
  return rows.map((cells) =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
