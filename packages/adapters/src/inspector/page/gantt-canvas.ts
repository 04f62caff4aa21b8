// Owns how lanes are drawn on a canvas, and which span lies under a point of it.
import type { GanttLane } from '../model/gantt.js';
import type { Model, Span } from '../model/model.js';
import { stepOf, timeLabel } from '../model/time-axis.js';

const labelWidth = 150;
const trackHeight = 16;
const laneGap = 6;
const axisHeight = 20;
/** Pixels from one mark of the axis to the next, at least: its longest text has room there. */
const markWidth = 64;
const top = 4;

/** What is done, and what it means; the order of the legend. */
export const doings: readonly (readonly [string, string])[] = [
  ['running', 'sources and stages run; what they do stands beneath'],
  ['read', 'a source is waited for, or decodes: so and so long in each look'],
  ['compute', 'stages are at work on the main thread: so and so long in each look'],
  ['blocked', 'stages wait for memory that writers hold'],
  ['start', 'a thread starts'],
  ['open', 'a write begins: modules are loaded, files opened'],
  ['encode', 'batches become bytes'],
  ['starved', 'a write is open, and waits for batches'],
  ['flush', 'bytes reach stable storage'],
  ['commit', 'an output becomes visible'],
  ['waiting', 'nothing to do'],
  ['backoff', 'a failed write waits to be tried again'],
  ['full disk', 'a write waits for room'],
  ['abort', 'what was staged is removed'],
  ['crash', 'a thread has died and is replaced'],
];

const colours: Readonly<Record<string, string | undefined>> = {
  running: '#3b82f64d',
  read: '#14b8a6',
  compute: '#3b82f6',
  blocked: '#f59e0b',
  start: '#94a3b8',
  open: '#a78bfa',
  encode: '#10b981',
  starved: '#10b98133',
  flush: '#06b6d4',
  commit: '#6366f1',
  waiting: '#94a3b84d',
  backoff: '#f97316',
  'full disk': '#db2777',
  abort: '#b45309',
  crash: '#ef4444',
};
/** On these, white could hardly be read. */
const bright: ReadonlySet<string> = new Set([
  'read',
  'blocked',
  'start',
  'open',
  'encode',
  'flush',
  'backoff',
]);
/** Nothing is done that would need a text. */
const isPale: ReadonlySet<string> = new Set(['running', 'waiting', 'starved']);
export const colourOf = (doing: string): string => colours[doing] ?? '#64748b';

/** What was drawn, for whoever points at it. */
export interface Drawn {
  readonly rows: readonly { readonly y: number; readonly track: readonly Span[] }[];
  /** Milliseconds since 1970 at a place from the left. */
  readonly timeAt: (x: number) => number;
  readonly msPerPixel: number;
}

/** Pixels that are drawn at once, at most; of more lanes those in sight. */
export const mostHeight = 520;

/** Pixels of all lanes, with their axis. */
export function heightOf(lanes: readonly GanttLane[]): number {
  const tracks = lanes.reduce((sum, lane) => sum + lane.tracks.length, 0);
  return Math.max(40, top + tracks * trackHeight + lanes.length * laneGap + axisHeight);
}

/** @param scrolled pixels of the lanes that are above those in sight */
export function drawGantt(
  canvas: HTMLCanvasElement,
  lanes: readonly GanttLane[],
  { from, to }: Pick<Model, 'from' | 'to'>,
  scrolled = 0,
): Drawn | undefined {
  const pen = canvas.getContext('2d');
  if (pen === null) return undefined;
  const height = Math.min(mostHeight, heightOf(lanes));
  const ratio = devicePixelRatio;
  const styled = `${height}px`;
  if (canvas.style.height !== styled) canvas.style.height = styled;
  const width = canvas.clientWidth;
  resize(canvas, Math.round(width * ratio), Math.round(height * ratio));
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const ink = style.color;
  const faint = style.getPropertyValue('--line');
  const spanMs = Math.max(1, to - from);
  const right = width - 8;
  const x = (at: number): number => labelWidth + ((at - from) / spanMs) * (right - labelWidth);

  pen.font = '12px system-ui, sans-serif';
  const step = stepOf(spanMs, Math.max(3, Math.min(8, Math.floor((right - labelWidth) / markWidth))));
  pen.textAlign = 'center';
  for (let ms = 0; ms <= spanMs; ms += step) {
    const left = x(from + ms);
    pen.fillStyle = faint;
    pen.fillRect(left, top, 1, height - axisHeight - top);
    pen.fillStyle = ink;
    if (left < right - 16) pen.fillText(timeLabel(ms, spanMs), left, height - 5);
  }
  pen.textAlign = 'left';
  const rows: { y: number; track: readonly Span[] }[] = [];
  const bottom = height - axisHeight;
  // Lanes that are half in sight end at the axis.
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, width, bottom);
  pen.clip();
  let y = top - scrolled;
  for (const lane of lanes) {
    const end = y + lane.tracks.length * trackHeight;
    if (end > 0 && y < bottom) {
      pen.fillStyle = ink;
      pen.fillText(lane.label, 4, y + 11, labelWidth - 12);
      if (lane.mostBeyond > 0)
        pen.fillText(`+${lane.mostBeyond} more at once`, 4, y + trackHeight + 11, labelWidth - 12);
      for (const [index, track] of lane.tracks.entries()) {
        const place = y + index * trackHeight;
        if (place <= -trackHeight || place >= bottom) continue;
        drawTrack(pen, track, place, { x, to, edge: right, lane: lane.name });
        rows.push({ y: place, track });
      }
    }
    y = end + laneGap;
  }
  pen.restore();
  return {
    rows,
    timeAt: (place) => from + ((place - labelWidth) / (right - labelWidth)) * spanMs,
    msPerPixel: spanMs / Math.max(1, right - labelWidth),
  };
}

/** Setting a size takes new memory for all pixels. */
function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

interface Axis {
  /** Place from the left of a moment. */
  readonly x: (at: number) => number;
  /** Where what lasts on ends. */
  readonly to: number;
  /** Right edge of the drawing. */
  readonly edge: number;
  readonly lane: string;
}

interface Speck {
  readonly left: number;
  /** Left edge of the next pixel. */
  readonly until: number;
  readonly doing: string;
  readonly wide: number;
}

function drawTrack(
  pen: CanvasRenderingContext2D,
  track: readonly Span[],
  y: number,
  { x, to, edge, lane }: Axis,
): void {
  const high = trackHeight - 2;
  /** What is narrower than a pixel: of all that share one, the longest is drawn. */
  let speck: Speck | undefined;
  const drawSpeck = (): void => {
    if (speck === undefined) return;
    pen.fillStyle = colourOf(speck.doing);
    pen.fillRect(speck.left, y, 1, high);
    speck = undefined;
  };
  /** Drawn last: what follows in the track would cover them. */
  const crashes: Bar[] = [];
  for (const { doing, name, from, to: end } of track) {
    const left = Math.min(edge, Math.max(labelWidth, x(from)));
    const exact = Math.min(edge, x(end ?? to)) - left;
    if (doing === 'crash') {
      // However short a crash was, it is to be seen.
      crashes.push({ doing, name, left, wide: Math.max(5, exact) });
      continue;
    }
    if (exact < 1) {
      if (speck !== undefined && left >= speck.until) drawSpeck();
      if (speck === undefined) speck = { left, until: Math.floor(left) + 1, doing, wide: exact };
      else if (exact > speck.wide) speck = { ...speck, doing, wide: exact };
      continue;
    }
    drawSpeck();
    drawBar(pen, { doing, name, left, wide: exact }, y, lane);
  }
  drawSpeck();
  for (const crash of crashes) drawBar(pen, crash, y, lane);
}

interface Bar extends Pick<Span, 'doing' | 'name'> {
  /** Pixels. */
  readonly left: number;
  readonly wide: number;
}

/** A span that can be seen, and what it is where there is room for a text. */
function drawBar(
  pen: CanvasRenderingContext2D,
  { doing, name, left, wide }: Bar,
  y: number,
  lane: string,
): void {
  const high = trackHeight - 2;
  pen.fillStyle = colourOf(doing);
  pen.fillRect(left, y, wide, high);
  const isHatched = doing === 'backoff' || doing === 'full disk';
  if (isHatched && wide > 3) hatch(pen, left, y, wide, high);
  if (wide < 30 || isPale.has(doing)) return;
  // Of the thread itself its lane says whose time it is.
  const texts = lane === 'main' || lane === name ? [doing] : [`${doing} ${name}`, name, doing];
  const text = texts.find((each) => pen.measureText(each).width < wide - 8);
  if (text === undefined) return;
  if (isHatched) {
    pen.fillStyle = colourOf(doing);
    pen.fillRect(left, y, pen.measureText(text).width + 8, high);
  }
  pen.fillStyle = bright.has(doing) ? '#0f172a' : '#fff';
  pen.fillText(text, left + 4, y + 11);
}

function hatch(pen: CanvasRenderingContext2D, left: number, y: number, wide: number, high: number): void {
  pen.fillStyle = '#ffffff80';
  for (let at = 2; at < wide; at += 5) pen.fillRect(left + at, y, 1.5, high);
}

/** The span under a point, or the one that is nearest within three pixels. */
export function spanAt({ rows, timeAt, msPerPixel }: Drawn, x: number, y: number): Span | undefined {
  const row = rows.find((each) => y >= each.y && y < each.y + trackHeight);
  if (row === undefined) return undefined;
  const at = timeAt(x);
  const distance = (span: Span): number =>
    Math.max(0, span.from - at, at - (span.to ?? Number.POSITIVE_INFINITY));
  let best: Span | undefined;
  for (const span of row.track) {
    if (distance(span) <= 3 * msPerPixel && (best === undefined || distance(span) < distance(best)))
      best = span;
  }
  return best;
}
