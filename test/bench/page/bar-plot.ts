// Owns bar plots: one horizontal bar per contender, from zero, with its figure at the end.
import type { BarPlot } from '../harness/bench-case.js';
import { formatFigure } from '../harness/format.js';
import { margin, round, seriesClass, sheet, sheetWidth, text, titleHeight } from './drawing.js';

const rowHeight = 28;
const barHeight = 18;
/** Room for the figure behind the longest bar. */
const figureWidth = 90;
/** About the width of a letter. */
const letterWidth = 7.6;

export function drawBars({ title, unit, rows }: BarPlot): string {
  const longest = Math.max(0, ...rows.map(({ label }) => label.length));
  const left = Math.min(margin + longest * letterWidth + 12, sheetWidth / 2);
  const width = sheetWidth - margin - figureWidth - left;
  const largest = Math.max(...rows.map(({ value }) => value).filter(Number.isFinite), Number.MIN_VALUE);
  const content = rows.flatMap(({ label, value, own }, index) => {
    const top = titleHeight + 4 + index * rowHeight;
    const middle = top + barHeight / 2 + 4.5;
    const length = Number.isFinite(value) ? Math.max(1, (value / largest) * width) : 0;
    return [
      text(left - 8, middle, label, { anchor: 'end', bold: own }),
      `<rect x="${round(left)}" y="${top}" width="${round(length)}" height="${barHeight}" rx="2" class="${own ? seriesClass(0) : 'other'}"/>`,
      text(left + length + 6, middle, formatFigure(value), { bold: own }),
    ];
  });
  const bottom = titleHeight + rows.length * rowHeight;
  content.push(text(left, bottom + 18, unit, { className: 'faint' }));
  return sheet(title, bottom + 34, content);
}
