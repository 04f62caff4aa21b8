// Owns the arrangement of spans into lanes and tracks: spans of one track never overlap. Pure.
import type { Model, Span } from './model.js';
import { isWorkerLane } from './verdict.js';

export interface GanttLane {
  readonly name: string;
  /** What a person calls it. */
  readonly label: string;
  /** At least one; each in the order of time. */
  readonly tracks: readonly (readonly Span[])[];
  /** What has no place in them; it is counted, and not drawn. */
  readonly beyond: readonly Span[];
  /** How many of those there are at one time, at most. */
  readonly mostBeyond: number;
}

/** Tracks of one lane. */
const mostTracks = 6;
/** Outputs that have a lane each though they do nothing but commit. */
const mostCommitting = 12;
/** Name of the lane of all such outputs, where they are more. */
const committing = 'outputs';

/**
 * The main thread first, then workers, then outputs. Of many outputs those that only commit stand in one lane, the last: what
 * happens to the others would not be found among them.
 */
export function lanesOf({ spans, openSpans }: Pick<Model, 'spans' | 'openSpans'>): readonly GanttLane[] {
  const lanes = new Map<string, Span[]>();
  const put = (span: Span): void => {
    const lane = lanes.get(span.lane);
    if (lane === undefined) lanes.set(span.lane, [span]);
    else lane.push(span);
  };
  for (const span of spans) put(span);
  for (const span of openSpans.values()) put(span);
  const gathered = gather(lanes);
  return Array.from(lanes, ([name, own]) => ({ name, label: labelOf(name), ...placed(own) }))
    .sort((a, b) => rankOf(a.name) - rankOf(b.name) || a.name.localeCompare(b.name, 'en', { numeric: true }))
    .concat(gathered);
}

const rankOf = (name: string): number => (name === 'main' ? 0 : isWorkerLane(name) ? 1 : 2);

/** Takes out of the lanes those of outputs that only commit, if they are many: they are one. */
function gather(lanes: Map<string, readonly Span[]>): readonly GanttLane[] {
  const quiet = [...lanes].filter(
    ([name, own]) => rankOf(name) === 2 && own.every(({ doing }) => doing === 'commit'),
  );
  if (quiet.length <= mostCommitting) return [];
  for (const [name] of quiet) lanes.delete(name);
  const label = `${quiet.length.toLocaleString('en')} outputs`;
  return [{ name: committing, label, ...placed(quiet.flatMap(([, own]) => own)) }];
}

function placed(spans: readonly Span[]): Omit<GanttLane, 'name' | 'label'> {
  const tracks: Span[][] = [[]];
  /** Where the last span of each track ends. */
  const ends: number[] = [Number.NEGATIVE_INFINITY];
  const beyond: Span[] = [];
  // A run is what the lane of the main thread is about: it stands in the first track, and what it consists of beneath it.
  const isRun = ({ id, run }: Span): number => (id === run ? 1 : 0);
  for (const span of spans.toSorted((a, b) => isRun(b) - isRun(a) || a.from - b.from)) {
    const end = span.to ?? Number.POSITIVE_INFINITY;
    const at = trackFor(span, tracks, ends);
    const track = tracks[at];
    if (track !== undefined) {
      track.push(span);
      ends[at] = end;
    } else if (tracks.length < mostTracks) {
      tracks.push([span]);
      ends.push(end);
    } else beyond.push(span);
  }
  return { tracks, beyond, mostBeyond: mostAtOnce(beyond) };
}

/** The first that is free, or the one in which the span goes on without a pause: that stays in its track. -1 where none is free. */
function trackFor({ id, from }: Span, tracks: readonly Span[][], ends: readonly number[]): number {
  let free = -1;
  for (let at = 0; at < tracks.length; at += 1) {
    const end = ends[at] ?? Number.POSITIVE_INFINITY;
    if (end > from) continue;
    if (end === from && tracks[at]?.at(-1)?.id === id) return at;
    if (free < 0) free = at;
  }
  return free;
}

/** @param spans in the order in which they begin */
function mostAtOnce(spans: readonly Span[]): number {
  const ends = Float64Array.from(spans, ({ to = Number.POSITIVE_INFINITY }) => to).sort();
  let over = 0;
  let most = 0;
  for (const [index, { from }] of spans.entries()) {
    while ((ends[over] ?? Number.POSITIVE_INFINITY) <= from) over += 1;
    most = Math.max(most, index + 1 - over);
  }
  return most;
}

/** What a person calls a lane: `daily~3` is that of the output daily. */
export function labelOf(lane: string): string {
  if (lane === 'main') return 'main thread';
  if (/^q\d+$/.test(lane)) return `suspect write ${lane}`;
  return isWorkerLane(lane) ? `worker ${lane}` : `output ${lane.replace(/~\d+$/, '')}`;
}

export interface LaneTime {
  readonly lane: string;
  readonly doing: string;
  readonly spans: number;
  /** In milliseconds, of whole microseconds; spans that overlap count each. */
  readonly ms: number;
}

/** What each lane did for how long, for a table. What lasts on is counted until the last message. */
export function laneTimesOf(lanes: readonly GanttLane[], to: number): readonly LaneTime[] {
  return lanes.flatMap(({ name, tracks, beyond }) => {
    const times = new Map<string, { spans: number; microseconds: number }>();
    for (const span of [...tracks.flat(), ...beyond]) {
      const known = times.get(span.doing) ?? { spans: 0, microseconds: 0 };
      known.spans += 1;
      known.microseconds += microsecondsOf(span.to ?? to) - microsecondsOf(span.from);
      times.set(span.doing, known);
    }
    return Array.from(times, ([doing, { spans, microseconds }]) => ({
      lane: name,
      doing,
      spans,
      ms: microseconds / 1_000,
    }));
  });
}

/** As a trace has them: sums of milliseconds since 1970 lose parts of a microsecond with each. */
const microsecondsOf = (at: number): number => Math.round(at * 1_000);
