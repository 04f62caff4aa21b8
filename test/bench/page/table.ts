// Owns tables of measures: one row per contender and metric, ratios first; as text for terminals and as Markdown.

import { isMet } from '../harness/bars.js';
import type { Bar, Measure } from '../harness/bench-case.js';
import { formatFigure, formatRatio } from '../harness/format.js';
import { own } from '../harness/statistics.js';

const headings = ['metric', 'contender', 'ratio', 'median', 'min', 'max', 'unit'] as const;

/** Cells of the measures, metric by metric in the order in which they first appear; our own row first. */
function cellsOf(measures: readonly Measure[]): string[][] {
  const metrics = [...new Set(measures.map(({ metric }) => metric))];
  return metrics.flatMap((metric) => {
    const rows = measures.filter((measure) => measure.metric === metric);
    const sorted = [
      ...rows.filter(({ contender }) => contender === own),
      ...rows.filter(({ contender }) => contender !== own),
    ];
    return sorted.map(({ contender, ratioToTailrace, median, min, max, unit }) => [
      metric,
      contender,
      formatRatio(ratioToTailrace),
      formatFigure(median),
      formatFigure(min),
      formatFigure(max),
      unit,
    ]);
  });
}

/** For a terminal: columns of even width, numbers to the right. */
export function textTable(measures: readonly Measure[]): string {
  const rows = [[...headings], ...cellsOf(measures)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          isNumeric(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function markdownTable(measures: readonly Measure[]): string {
  const rule = headings.map((_, column) => (isNumeric(column) ? '---:' : '---'));
  const lines = [[...headings], rule, ...cellsOf(measures).map((row) => row.map(escaped))];
  return lines.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** One line per bar, such as `met: at least 1.8 x parquet-wasm: 2.1 x`. */
export function barLine(bar: Bar): string {
  const { text, sense, wanted, measured, unit } = bar;
  return `${isMet(bar) ? 'met' : 'MISSED'}: ${text}: ${formatFigure(measured)} ${unit} (${sense} ${formatFigure(wanted)} ${unit})`;
}

export function markdownBars(bars: readonly Bar[]): string {
  const lines = bars.map(
    (bar) =>
      `| ${isMet(bar) ? 'met' : '**missed**'} | ${escaped(bar.text)} | ${formatFigure(bar.measured)} ${bar.unit} | ${bar.sense} ${formatFigure(bar.wanted)} ${bar.unit} |`,
  );
  return ['| | figure | measured | wanted |', '| --- | --- | ---: | ---: |', ...lines].join('\n');
}

function isNumeric(column: number): boolean {
  return column >= 2 && column <= 5;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
