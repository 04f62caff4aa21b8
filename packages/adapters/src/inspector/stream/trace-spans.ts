// Owns which spans a trace has and in which track each stands: what one actor does without a pause is one thing, and stays in
// one track; an attempt, a run and an output are spans around what they consist of. Pure.
import { isWorkerLane } from '../model/verdict.js';
import { hasEnded, type InspectorMessage, type LaneMessage, timeOf } from './message.js';

/** In whole microseconds since 1970. */
interface Bounds {
  readonly from: number;
  readonly to: number;
}

/** A span, around those that it consists of. */
export interface TraceSpan extends Bounds {
  readonly name: string;
  readonly category: string;
  readonly lane: string;
  /** Name of the actor. */
  readonly actor: string;
  /** One after the other, within it. */
  readonly parts: readonly TraceSpan[];
}

export interface TraceTrack {
  /** Session id of the run; empty for older recordings. */
  readonly run: string;
  readonly name: string;
  /** They do not overlap. */
  readonly spans: readonly TraceSpan[];
}

/** What an actor did without a pause. */
interface Deed {
  readonly first: LaneMessage;
  readonly parts: TraceSpan[];
  /** What it does now. */
  doing: string;
  since: number;
}

/** Spans of some lane of some run. */
interface Lane {
  readonly run: string;
  readonly name: string;
  readonly spans: TraceSpan[];
}

const microseconds = (ms: number): number => Math.round(ms * 1_000);

/**
 * Tracks in the order in which they are to be read: main thread, workers, outputs. What has not ended ends with the last
 * message.
 */
export function tracksOf(messages: readonly InspectorMessage[]): readonly TraceTrack[] {
  const lanes = new Map<string, Lane>();
  const going = new Map<string, Deed>();
  const lastAt = messages.reduce((last, message) => Math.max(last, timeOf(message)), 0);
  const lives = createLives(lastAt);

  const laneOf = ({ run = '', lane: name }: LaneMessage): Lane => {
    const key = `${run} ${name}`;
    const known = lanes.get(key);
    if (known !== undefined) return known;
    const lane: Lane = { run, name, spans: [] };
    lanes.set(key, lane);
    return lane;
  };
  const endPart = ({ first: { lane, name }, parts, doing, since }: Deed, at: number): void => {
    const from = microseconds(since);
    const to = Math.max(from, microseconds(at));
    parts.push({ name: `${doing} ${name}`, category: doing, from, to, lane, actor: name, parts: [] });
  };
  const end = (id: string, deed: Deed, at: number): void => {
    going.delete(id);
    endPart(deed, at);
    const { first, parts } = deed;
    const lane = laneOf(first);
    const whole = wholeOf(first);
    if (whole === undefined) for (const part of parts) lane.spans.push(part);
    else
      lane.spans.push(around(whole === first.name ? whole : `${whole} ${first.name}`, whole, first, parts));
  };
  const move = (message: LaneMessage): void => {
    const { id, at, doing, lane } = message;
    const deed = going.get(id);
    if (deed !== undefined && (doing === null || lane !== deed.first.lane)) end(id, deed, at);
    if (doing === null) return;
    const goesOn = going.get(id);
    if (goesOn === undefined) {
      going.set(id, { first: message, parts: [], doing, since: at });
      return;
    }
    endPart(goesOn, at);
    Object.assign(goesOn, { doing, since: Math.max(goesOn.since, at) });
  };

  for (const message of messages) {
    if (message.type === '@tailrace.lane') move(message);
    else lives.take(message);
  }
  for (const [id, deed] of going) end(id, deed, lastAt);
  return [...lanes.values()].toSorted(inOrder).flatMap((lane) => laidOut(lane, lives));
}

/** What an actor's deeds are together; undefined where they are no more than one after the other. */
function wholeOf({ id, run, lane, name }: LaneMessage): string | undefined {
  if (id === run && lane === 'main') return 'run';
  return /#\d+$/.test(name) ? 'attempt' : undefined;
}

function around(
  name: string,
  category: string,
  { lane, name: actor }: Pick<LaneMessage, 'lane' | 'name'>,
  parts: readonly TraceSpan[],
): TraceSpan {
  return { name, category, ...boundsOf(parts), lane, actor, parts };
}

function boundsOf(spans: readonly Bounds[]): Bounds {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const { from, to } of spans) {
    least = Math.min(least, from);
    most = Math.max(most, to);
  }
  return { from: least, to: most };
}

/** Spans of a lane that overlap stand in tracks of it. */
function laidOut({ run, name, spans }: Lane, lives: Lives): readonly TraceTrack[] {
  const tracks: TraceSpan[][] = [];
  const ends: number[] = [];
  // A run is what its lane is about: it stands in the first track.
  const isRun = ({ category }: TraceSpan): number => (category === 'run' ? 1 : 0);
  for (const span of spans.toSorted((a, b) => isRun(b) - isRun(a) || a.from - b.from || b.to - a.to)) {
    const free = ends.findIndex((end) => end <= span.from);
    const track = free < 0 ? tracks.length : free;
    ends[track] = span.to;
    const own = tracks[track];
    if (own === undefined) tracks[track] = [span];
    else own.push(span);
  }
  const [first] = tracks;
  // The lane of an output is called as it is, and has its writes in it.
  const life = rankOf(name) < 2 ? undefined : lives.of(run, name);
  if (life !== undefined && first !== undefined) tracks[0] = [outputAround(name, life, spans, first)];
  return tracks.map((own, index) => ({
    run,
    name: index === 0 ? name : `${name} (${index + 1})`,
    spans: own,
  }));
}

/** An output for as long as it lived, around what happened to it and to its writes. */
function outputAround(
  name: string,
  life: Bounds,
  spans: readonly TraceSpan[],
  parts: readonly TraceSpan[],
): TraceSpan {
  // Lives are told in whole milliseconds, and may seem to end before what lies in them.
  const { from, to } = boundsOf([life, ...spans]);
  return { name: `output ${name}`, category: 'output', from, to, lane: name, actor: name, parts };
}

const rankOf = (lane: string): number => (lane === 'main' ? 0 : isWorkerLane(lane) ? 1 : 2);
const inOrder = (a: Lane, b: Lane): number =>
  rankOf(a.name) - rankOf(b.name) || a.name.localeCompare(b.name, 'en', { numeric: true });

/** When actors were announced, and when they ended. */
interface Lives {
  take(message: InspectorMessage): void;
  /** @param run session id of the root */
  of(run: string, name: string): Bounds | undefined;
}

function createLives(lastAt: number): Lives {
  const born = new Map<string, { readonly id: string; readonly at: number }>();
  const ended = new Map<string, number>();
  return {
    take(message) {
      if (message.type !== '@xstate.actor' && message.type !== '@xstate.snapshot') return;
      const { sessionId: id, rootId } = message;
      const at = microseconds(timeOf(message));
      if (message.type === '@xstate.actor') born.set(`${rootId} ${message.name}`, { id, at });
      else if (hasEnded(message.snapshot)) ended.set(id, at);
    },
    of(run, name) {
      const actor = born.get(`${run} ${name}`);
      return actor === undefined
        ? undefined
        : { from: actor.at, to: ended.get(actor.id) ?? microseconds(lastAt) };
    },
  };
}
