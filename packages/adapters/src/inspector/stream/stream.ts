// Owns the stream of an inspector: what comes in from actors, runs and other apps, what is kept of it, and who is told.
import type { Clock, UntoldInspection } from '@tailrace/core';
import type { ActorRefLike, InspectionEvent } from 'xstate';
import { readForeign } from './foreign.js';
import { createForeignApps } from './foreign-apps.js';
import { createForeignTimes } from './foreign-times.js';
import { createHistory, type Entry, type History, type HistoryOptions } from './history.js';
import { createLaneSums } from './lane-sums.js';
import { createLaneReader, isInLanes } from './lanes.js';
import { createLeftOut } from './left-out.js';
import type { InspectorMessage } from './message.js';
import { createPace } from './pace.js';
import type { CopyOptions, PlainLimits } from './plain.js';
import { createSampling, type SamplingOptions } from './sampling.js';
import { createTranslation, kindOf, madeReady, rootIdOf, seenRef } from './to-messages.js';

export interface StreamOptions extends SamplingOptions {
  readonly history?: HistoryOptions | undefined;
  readonly limits?: PlainLimits | undefined;
  /** False: of errors only their codes are told. Default true. */
  readonly errorMessages?: boolean | undefined;
  readonly clock: Pick<Clock, 'now' | 'wallTime' | 'setTimeout' | 'clearTimeout'>;
}

/** An `inspect` function that asks for no more than is told. */
export type InspectFunction = ((event: InspectionEvent) => void) & {
  readonly follows: (attempt: ActorRefLike) => boolean;
  readonly wants: (event: UntoldInspection) => boolean;
};

export interface Stream {
  readonly inspect: InspectFunction;
  /** A message of another app, as its client sent it. */
  foreign(text: string, source: string): void;
  /** Another app is gone. */
  endForeign(source: string): void;
  tell(message: InspectorMessage): void;
  /** Now as lanes have it: milliseconds since 1970, of whole microseconds. */
  laneTime(): number;
  readonly history: History;
  /** Tells of every message from now on; returns how to stop that. */
  subscribe(listener: (entry: Entry) => void): () => void;
  /** Tells what was held back so far. */
  flush(): void;
  /** Sets no timer any more: what is held back later waits for `flush`. */
  close(): void;
}

/** Milliseconds for which what comes too often is held back, and then told as one. */
const momentMs = 100;

export function createStream(options: StreamOptions): Stream {
  const { history: kept, clock, errorMessages, ...sampled } = options;
  const { depth, entries, characters, values } = options.limits ?? {};
  const limits: CopyOptions = { depth, entries, characters, values, errorMessages };
  const wallTime = (): number => clock.wallTime();
  // Lanes go by the monotonic clock: it tells parts of a millisecond, and never goes back as the wall clock may.
  const laneOrigin = (): number => clock.wallTime() - clock.now();
  let origin = laneOrigin();
  /** In whole microseconds, as a trace has them. */
  const laneTime = (): number => Math.round((origin + clock.now()) * 1_000) / 1_000;
  const history = createHistory(kept);
  const leftOut = createLeftOut();
  const sampling = createSampling(() => clock.now(), leftOut, sampled);
  const pace = createPace(leftOut);
  const translate = createTranslation(wallTime, limits);
  const lanes = createLaneReader(limits);
  const sums = createLaneSums();
  const apps = createForeignApps(wallTime, limits);
  const times = createForeignTimes(wallTime);
  const listeners = new Set<(entry: Entry) => void>();
  let timer: unknown;
  let isClosed = false;

  const tell = (message: InspectorMessage): void => {
    const entry = history.add(message);
    for (const listener of listeners) listener(entry);
  };
  const tellEvent = (event: InspectionEvent): void => {
    const message = translate(event);
    if (message !== undefined) tell(message);
  };

  /** Lanes and problems are read of every actor: also of those that are not told one by one. */
  const readLanes = (event: UntoldInspection & { readonly type: '@xstate.snapshot' }): void => {
    const ref = seenRef(event);
    const { sessionId, id } = ref;
    const actor = { sessionId, rootId: rootIdOf(ref), id, kind: kindOf(ref) };
    for (const read of lanes.read(laneTime, actor, event.snapshot)) {
      if (read.type === '@tailrace.problem') tell(read);
      else for (const each of sums.add(read)) tell(each);
    }
  };

  const flush = (): void => {
    for (const event of pace.release()) tellEvent(madeReady(event));
    const at = wallTime();
    for (const each of sums.end(laneTime())) tell(each);
    for (const [root, numbers] of leftOut.take())
      tell({ type: '@tailrace.summary', at, run: root === '' ? undefined : root, ...numbers });
  };
  const onMoment = (): void => {
    timer = undefined;
    flush();
    arm();
  };
  const arm = (): void => {
    if (timer !== undefined || isClosed) return;
    if (pace.held + sums.summed > 0 || leftOut.isChanged) timer = clock.setTimeout(onMoment, momentMs);
  };

  const inspect = (event: InspectionEvent): void => {
    // Microsteps and actions, of which there are most, are exchanged by nobody.
    if (event.type !== '@xstate.actor' && event.type !== '@xstate.event' && event.type !== '@xstate.snapshot')
      return;
    // With each run after a jump ahead, as that of a machine that has slept, they are right again.
    if (event.type === '@xstate.actor' && seenRef(event).sessionId === event.rootId) {
      origin = Math.max(origin, laneOrigin());
      if (kindOf(seenRef(event)) === 'run') sums.begin();
    }
    for (const each of sampling.filter(event)) if (pace.admits(each)) tellEvent(each);
    if (event.type === '@xstate.snapshot') readLanes(event);
    arm();
  };

  /** For a snapshot of which nothing is told now: what it says of lanes is. */
  const passes = (event: UntoldInspection & { readonly type: '@xstate.snapshot' }): boolean => {
    const ref = seenRef(event);
    const isLeft = !sampling.wants(event);
    if (!isLeft) {
      const isHeld =
        event.snapshot.status === 'active' && !sampling.isSilent(ref.sessionId) && pace.holds(event);
      if (!isHeld) return false;
    }
    if (!isLeft || isInLanes(kindOf(ref))) readLanes(event);
    arm();
    return true;
  };

  /** Of most events nothing is told: those are left out, and counted, before anybody makes them ready. */
  const wants = (event: UntoldInspection): boolean => {
    switch (event.type) {
      case '@xstate.actor':
        if (sampling.wants(event)) return true;
        arm();
        return false;
      case '@xstate.event': {
        if (!sampling.wants(event)) return false;
        if (!pace.counts(event.actorRef.sessionId)) return true;
        arm();
        return false;
      }
      case '@xstate.snapshot':
        return !passes(event);
      default:
        return false;
    }
  };

  return {
    history,
    tell,
    laneTime,
    inspect: Object.assign(inspect, {
      follows: ({ sessionId }: ActorRefLike) => !sampling.isSilent(sessionId),
      wants,
    }),
    foreign(text, source) {
      const message = readForeign(text, source, times.at, limits);
      if (message === undefined) return;
      for (const each of apps.take(message, source)) tell(each);
    },
    endForeign(source) {
      times.end(source);
      for (const each of apps.end(source)) tell(each);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    flush,
    close() {
      isClosed = true;
      clock.clearTimeout(timer);
    },
  };
}
