// Owns line plots: series of points between two axes, named beside where they end.
import type { LinePlot } from '../harness/bench-case.js';
import { margin, round, seriesClass, sheet, sheetWidth, text, titleHeight } from './drawing.js';
import { type Scale, scaleOver, tickLabel } from './scale.js';

const height = 400;
const left = 70;
const bottom = height - 52;
const top = titleHeight + 22;
/** Smallest distance between two names of series. */
const nameHeight = 16;
const letterWidth = 7.6;

export function drawLines({ title, x, y, series }: LinePlot): string {
  const points = series.flatMap((one) => one.points);
  const names = Math.max(0, ...series.map(({ label }) => label.length)) * letterWidth;
  const right = sheetWidth - margin - Math.min(names + 10, sheetWidth / 3);
  const across = scaleOver(
    points.map((point) => point[0]),
    x,
    left,
    right,
  );
  const up = scaleOver(
    points.map((point) => point[1]),
    y,
    bottom,
    top,
  );
  const drawn = series.map(({ label, points: all }, index) => {
    const shown = all.filter(([at, value]) => isShown(at, x.log) && isShown(value, y.log));
    return {
      label,
      className: seriesClass(index),
      pixels: shown.map(([at, value]) => [across.at(at), up.at(value)] as const),
    };
  });
  const content = [
    ...gridOf(across, up, right),
    text((left + right) / 2, height - 12, x.label, { anchor: 'middle', className: 'faint' }),
    text(left, titleHeight + 8, y.label, { className: 'faint' }),
    ...drawn.flatMap(({ className, pixels }) => lineOf(pixels, className)),
    ...namesOf(drawn, right + 8),
  ];
  return sheet(title, height, content);
}

function isShown(value: number, log: boolean): boolean {
  return Number.isFinite(value) && (!log || value > 0);
}

function gridOf(across: Scale, up: Scale, right: number): string[] {
  return [
    ...up.ticks.flatMap((tick) => {
      const at = round(up.at(tick));
      return [
        `<path class="grid" d="M${left} ${at}H${round(right)}"/>`,
        text(left - 8, at + 4, tickLabel(tick), { anchor: 'end', className: 'faint' }),
      ];
    }),
    ...across.ticks.flatMap((tick) => {
      const at = round(across.at(tick));
      return [
        `<path class="grid" d="M${at} ${bottom}v5"/>`,
        text(at, bottom + 20, tickLabel(tick), { anchor: 'middle', className: 'faint' }),
      ];
    }),
  ];
}

type Pixels = readonly (readonly [number, number])[];

function lineOf(pixels: Pixels, className: string): string[] {
  const path = pixels.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
  return [
    `<path d="${path}" class="line ${className}" stroke-width="2"/>`,
    ...pixels.map(([x, y]) => `<circle cx="${round(x)}" cy="${round(y)}" r="3" class="${className}"/>`),
  ];
}

/** Names at the height where their lines end, moved down where they would meet. */
function namesOf(
  drawn: readonly { readonly label: string; readonly className: string; readonly pixels: Pixels }[],
  x: number,
): string[] {
  const ends = drawn
    .map(({ label, className, pixels }) => ({ label, className, y: pixels.at(-1)?.[1] ?? bottom }))
    .sort((a, b) => a.y - b.y);
  let free = top;
  const room = (left: number): number => bottom + 4 - left * nameHeight;
  return ends.map(({ label, className, y }, index) => {
    const at = Math.min(Math.max(y, free), Math.max(free, room(ends.length - 1 - index)));
    free = at + nameHeight;
    return text(x, at + 4, label, { className });
  });
}
