// Owns what stays known of messages that are forgotten: living actors with their last state, what is done in lanes, what is
// said of runs as a whole, and which runs were too many. Actors and lanes are bounded in bytes, all else in number.
import {
  type ActorMessage,
  brokenDown,
  hasEnded,
  type InspectorMessage,
  type LaneMessage,
  type SnapshotMessage,
} from './message.js';

export interface RememberedOptions {
  /** Living actors, and lanes. */
  readonly actors: number;
  /** Bytes of both together, as UTF-16; the oldest go first. */
  readonly limitBytes: number;
}

export interface Remembered {
  /** @param characters of the message's JSON */
  take(message: InspectorMessage, characters: number): void;
  messages(): readonly InspectorMessage[];
  readonly bytes: number;
}

/** Whether anything is kept of messages of this kind. */
export const isRemembered = (type: InspectorMessage['type']): boolean =>
  type !== '@xstate.event' && type !== '@tailrace.problem';

/** Runs of which what is said of them as a whole is kept; a page keeps as many. */
export const mostRuns = 20;
/** Ids of runs that were more of which it is kept that they were; a page keeps as many. */
export const mostGone = 1_000;
/** Roots of which it is kept how much was only counted; a page keeps as many. Runs that nobody watches are among them. */
export const mostSummaries = 100;

interface Kept<M> {
  readonly message: M;
  /** Without the definition, which actors of one kind share. */
  readonly bytes: number;
}

export function createRemembered({ actors, limitBytes }: RememberedOptions): Remembered {
  /** By session id. */
  const alive = new Map<string, Kept<ActorMessage>>();
  const lanes = new Map<string, Kept<LaneMessage>>();
  /** Of what there is once, and once for each run, the last; of as many runs as a page keeps. */
  const latest = new Map<string, InspectorMessage>();
  /** Session ids of runs that were more: of what is told of them later nothing is kept. */
  const gone = new Set<string>();
  let goneAt = 0;
  /** Every definition is held once, however many copies of its text came in. */
  const definitions = new Map<string, { readonly text: string; count: number }>();
  let bytes = 0;

  const intern = (text: string): string => {
    const known = definitions.get(text);
    if (known !== undefined) {
      known.count += 1;
      return known.text;
    }
    definitions.set(text, { text, count: 1 });
    bytes += 2 * text.length;
    return text;
  };
  const release = (text: string): void => {
    const known = definitions.get(text);
    if (known === undefined) return;
    known.count -= 1;
    if (known.count > 0) return;
    definitions.delete(text);
    bytes -= 2 * text.length;
  };
  const dropActor = (id: string): void => {
    const kept = alive.get(id);
    if (kept === undefined) return;
    alive.delete(id);
    bytes -= kept.bytes;
    release(kept.message.definition);
  };
  const dropLane = (id: string): void => {
    const kept = lanes.get(id);
    if (kept === undefined) return;
    lanes.delete(id);
    bytes -= kept.bytes;
  };

  const isGone = (run: string | undefined): boolean => run !== undefined && gone.has(run);
  /** What is left of a run of which nothing else is known would be taken for what belongs to none. */
  const dropRun = (run: string, at: number): void => {
    for (const { message } of alive.values()) if (message.rootId === run) dropActor(message.sessionId);
    for (const { message } of lanes.values()) if (message.run === run) dropLane(message.id);
    gone.add(run);
    goneAt = at;
    if (gone.size > mostGone) gone.delete(firstOf(gone));
  };

  const takeActor = (message: ActorMessage, characters: number): void => {
    dropActor(message.sessionId);
    if (gone.has(message.rootId)) return;
    const size = 2 * Math.max(0, characters - message.definition.length);
    const definition = intern(message.definition);
    alive.set(message.sessionId, { message: { ...message, definition }, bytes: size });
    bytes += size;
  };
  const takeSnapshot = ({ sessionId, snapshot }: SnapshotMessage, characters: number): void => {
    const kept = alive.get(sessionId);
    if (kept === undefined) return;
    if (hasEnded(snapshot)) {
      dropActor(sessionId);
      return;
    }
    const { name, parentId = '' } = kept.message;
    // The event of the snapshot is counted for the rest of the actor's message.
    const size = 2 * (characters + name.length + parentId.length);
    alive.set(sessionId, { message: { ...kept.message, snapshot }, bytes: size });
    bytes += size - kept.bytes;
  };
  const takeLane = (message: LaneMessage, characters: number): void => {
    dropLane(message.id);
    if (message.doing === null || isGone(message.run)) return;
    lanes.set(message.id, { message, bytes: 2 * characters });
    bytes += 2 * characters;
  };

  return {
    get bytes() {
      return bytes;
    },
    take(message, characters) {
      switch (message.type) {
        case '@xstate.actor':
          takeActor(message, characters);
          break;
        case '@xstate.snapshot':
          takeSnapshot(message, characters);
          break;
        case '@tailrace.lane':
          takeLane(message, characters);
          break;
        case '@xstate.event':
        case '@tailrace.problem':
          return;
        case '@tailrace.graph':
          // One without an id is the next one: what was said of the last one as a whole is over.
          forgetRun(latest, message.run);
          setLast(latest, message);
          gone.delete(message.run ?? '');
          for (const run of forgetRuns(latest)) dropRun(run, message.at);
          return;
        case '@tailrace.progress':
        case '@tailrace.report':
          // Of a run that was one too many nothing is kept: it would stay for good.
          if (message.run !== undefined && !latest.has(keyOf('@tailrace.graph', message.run))) return;
          setLast(latest, message);
          return;
        case '@tailrace.gone':
          return;
        case '@tailrace.summary':
          if (isGone(message.run)) return;
          setLast(latest, message);
          forgetSummaries(latest);
          return;
      }
      while (alive.size > actors || (bytes > limitBytes && alive.size > 0)) dropActor(firstOf(alive));
      while (lanes.size > actors || (bytes > limitBytes && lanes.size > 0)) dropLane(firstOf(lanes));
    },
    messages() {
      const of = <M>(kept: ReadonlyMap<string, Kept<M>>): readonly M[] =>
        Array.from(kept.values(), ({ message }) => message);
      const runs = [...gone];
      const before: InspectorMessage[] =
        runs.length === 0 ? [] : [{ type: '@tailrace.gone', at: goneAt, runs }];
      return [...before, ...latest.values(), ...of(alive), ...of(lanes)];
    },
  };
}

/** In the order in which they came last. */
function setLast(map: Map<string, InspectorMessage>, message: InspectorMessage): void {
  const key = keyOf(message.type, 'run' in message ? message.run : undefined);
  map.delete(key);
  map.set(key, message);
}

const keyOf = (type: string, run = ''): string => `${type} ${run}`;

function forgetRun(map: Map<string, InspectorMessage>, run: string | undefined): void {
  for (const type of ['@tailrace.graph', '@tailrace.progress', '@tailrace.report'])
    map.delete(keyOf(type, run));
}

/** The oldest that has ended goes first; returns the id of the one that has gone. */
function forgetRuns(map: Map<string, InspectorMessage>): readonly string[] {
  const graphs = [...map.values()].filter((message) => message.type === '@tailrace.graph');
  if (graphs.length <= mostRuns) return [];
  const oldest = graphs.find(({ run }) => hasEndedRun(map, run)) ?? graphs[0];
  if (oldest === undefined) return [];
  forgetRun(map, oldest.run);
  map.delete(keyOf('@tailrace.summary', oldest.run));
  return oldest.run === undefined ? [] : [oldest.run];
}

function hasEndedRun(map: ReadonlyMap<string, InspectorMessage>, run: string | undefined): boolean {
  const look = map.get(keyOf('@tailrace.progress', run));
  return (
    map.has(keyOf('@tailrace.report', run)) ||
    (look?.type === '@tailrace.progress' && look.state === brokenDown)
  );
}

/** The oldest goes first. */
function forgetSummaries(map: Map<string, InspectorMessage>): void {
  const kept = [...map].filter(([, { type }]) => type === '@tailrace.summary');
  const [oldest] = kept;
  if (oldest !== undefined && kept.length > mostSummaries) map.delete(oldest[0]);
}

/** Maps and sets keep the order of insertion. */
const firstOf = (map: ReadonlyMap<string, unknown> | ReadonlySet<string>): string => {
  for (const key of map.keys()) return key;
  return '';
};
