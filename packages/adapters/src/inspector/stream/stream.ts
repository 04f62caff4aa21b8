// Owns the stream of an inspector: what comes in from actors, runs and other apps, what is kept of it, and who is told.
import type { InspectionEvent } from 'xstate';
import { readForeign } from './foreign.js';
import { createHistory, type Entry, type History, type HistoryOptions } from './history.js';
import { createLaneReader } from './lanes.js';
import type { InspectorMessage } from './message.js';
import type { PlainLimits } from './plain.js';
import { createSampling, type SamplingOptions } from './sampling.js';
import { createTranslation, type SeenRef, seenRef } from './to-messages.js';

export interface StreamOptions extends SamplingOptions {
  readonly history?: HistoryOptions | undefined;
  readonly limits?: PlainLimits | undefined;
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
}

export interface Stream {
  readonly inspect: (event: InspectionEvent) => void;
  /** A message of another app, as its client sent it. */
  foreign(text: string, source: string): void;
  tell(message: InspectorMessage): void;
  readonly history: History;
  /** Tells of every message from now on; returns how to stop that. */
  subscribe(listener: (entry: Entry) => void): () => void;
}

const told: ReadonlySet<string> = new Set(['@xstate.actor', '@xstate.event', '@xstate.snapshot']);
/** Milliseconds between two tellings of what is only counted. */
const summaryEveryMs = 500;

export function createStream({ history: kept, limits, wallTime, ...sampled }: StreamOptions): Stream {
  const history = createHistory(kept);
  const sampling = createSampling(sampled);
  const translate = createTranslation(wallTime, limits);
  const lanes = createLaneReader(limits);
  const listeners = new Set<(entry: Entry) => void>();
  let toldLeft = 0;
  let toldAt = Number.NEGATIVE_INFINITY;

  const tell = (message: InspectorMessage): void => {
    const entry = history.add(message);
    for (const listener of listeners) listener(entry);
  };

  /** Lanes and problems are read of every actor: also of those that are not told one by one. */
  const readLanes = (ref: SeenRef, snapshot: unknown): void => {
    const actor = { sessionId: ref.sessionId, id: ref.id, kind: ref.logic?.config?.id };
    for (const read of lanes.read(Math.round(wallTime()), actor, snapshot)) tell(read);
  };

  const tellLeft = (): void => {
    const { writes, actors } = sampling.left;
    const at = wallTime();
    if (actors === toldLeft || at - toldAt < summaryEveryMs) return;
    toldLeft = actors;
    toldAt = at;
    tell({ type: '@tailrace.summary', at, writes, actors });
  };

  return {
    history,
    tell,
    inspect(event) {
      // Microsteps and actions, of which there are most, are exchanged by nobody.
      if (!told.has(event.type)) return;
      const shown = sampling.filter(event);
      for (const each of shown) {
        const message = translate(each);
        if (message !== undefined) tell(message);
      }
      if (event.type === '@xstate.snapshot') readLanes(seenRef(event), event.snapshot);
      if (shown.length === 0) tellLeft();
    },
    foreign(text, source) {
      const message = readForeign(text, source, wallTime, limits);
      if (message !== undefined) tell(message);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
