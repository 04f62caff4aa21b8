// Owns what the page knows, as plain data, and how messages change it. Pure: a batch of messages makes a new model, and
// old ones stay as they were, which is what makes it possible to go back. Everything in it is bounded.
import {
  type ActorMessage,
  type GraphMessage,
  type InspectorMessage,
  type LaneMessage,
  type Plain,
  type ProblemMessage,
  type ProgressMessage,
  type ReportMessage,
  timeOf,
} from '../stream/message.js';
import { draftRuns, latestRun, type RunsDraft, type RunView } from './runs.js';
import { type Counted, countedIn, type Summaries, withSummary } from './summaries.js';

export interface ActorView {
  readonly id: string;
  readonly name: string;
  /** Session id of the actor above all others: of its run, if it belongs to one. */
  readonly rootId: string;
  readonly parentId: string | undefined;
  readonly definition: string;
  /** It has states of its own; others are promises, callbacks and the like. */
  readonly isMachine: boolean;
  /** `active`, `done`, `error`, `stopped`. */
  readonly status: string;
  /** XState's state value. */
  readonly value: Plain | undefined;
  readonly snapshot: Plain;
  readonly bornAt: number;
  readonly changedAt: number;
  readonly events: number;
}

export interface Span {
  readonly id: string;
  /** Session id of its run. */
  readonly run?: string | undefined;
  readonly name: string;
  readonly lane: string;
  readonly doing: string;
  readonly from: number;
  /** Undefined while it lasts. */
  readonly to: number | undefined;
}

export interface LogLine {
  readonly at: number;
  readonly id: string;
  readonly sourceId: string | undefined;
  readonly event: string;
  readonly detail: Plain;
}

export interface Model {
  readonly actors: ReadonlyMap<string, ActorView>;
  readonly log: readonly LogLine[];
  /** Ended ones in the order in which they ended. */
  readonly spans: readonly Span[];
  readonly openSpans: ReadonlyMap<string, Span>;
  readonly problems: readonly ProblemMessage[];
  /** By session id, in the order in which they began. */
  readonly runs: ReadonlyMap<string, RunView>;
  /** Session ids of runs that were more than are kept. */
  readonly goneRuns: ReadonlySet<string>;
  /** Of the latest run that goes on, or of the latest. */
  readonly progress: readonly ProgressMessage[];
  readonly graph: GraphMessage | undefined;
  readonly summaries: Summaries;
  /** All of those together. */
  readonly counted: Counted | undefined;
  readonly report: ReportMessage | undefined;
  /** The program is not heard of any more: what has not ended goes on no longer, as far as anybody can tell. */
  readonly isLost: boolean;
  /** Milliseconds since 1970 of the first and the last message; 0 before there is one. */
  readonly from: number;
  readonly to: number;
  readonly messages: number;
  readonly problemCount: number;
}

/** How much of each is kept; the oldest goes first, of actors that which says least of its run. */
export const most = { actors: 3_000, log: 3_000, spans: 30_000, problems: 500 } as const;

export const emptyModel: Model = {
  actors: new Map(),
  log: [],
  spans: [],
  openSpans: new Map(),
  problems: [],
  runs: new Map(),
  goneRuns: new Set(),
  progress: [],
  graph: undefined,
  summaries: new Map(),
  counted: undefined,
  report: undefined,
  isLost: false,
  from: 0,
  to: 0,
  messages: 0,
  problemCount: 0,
};

/** A model under change, inside one call only. */
type Draft = {
  -readonly [K in Exclude<
    keyof Model,
    'runs' | 'goneRuns' | 'graph' | 'progress' | 'report' | 'summaries' | 'counted' | 'isLost'
  >]: Model[K] extends ReadonlyMap<infer I, infer V>
    ? Map<I, V>
    : Model[K] extends readonly (infer T)[]
      ? T[]
      : Model[K];
};

/** The model after a batch of messages. What none of them is about is the same object as before. */
export function reduce(model: Model, messages: readonly InspectorMessage[]): Model {
  if (messages.length === 0) return model;
  const kinds = new Set(messages.map(({ type }) => type));
  const hasEvents = kinds.has('@xstate.event');
  const hasActors = hasEvents || kinds.has('@xstate.actor') || kinds.has('@xstate.snapshot');
  const hasLanes = kinds.has('@tailrace.lane');
  // What is not copied is not changed: the types of a draft cannot tell.
  const same = model as unknown as Draft;
  const draft: Draft = {
    ...model,
    actors: hasActors ? new Map(model.actors) : same.actors,
    openSpans: hasLanes ? new Map(model.openSpans) : same.openSpans,
    log: hasEvents ? [...model.log] : same.log,
    spans: hasLanes ? [...model.spans] : same.spans,
    problems: kinds.has('@tailrace.problem') ? [...model.problems] : same.problems,
  };
  const runs = draftRuns(model.runs, model.goneRuns);
  let { summaries } = model;
  for (const message of messages) {
    apply(draft, runs, message);
    if (message.type === '@tailrace.summary' && !isOfGone(runs, message.run))
      summaries = withSummary(summaries, message);
  }
  const latest = latestRun(runs.runs);
  dropLeast(draft.actors);
  cut(draft.log, most.log);
  cut(draft.spans, most.spans);
  cut(draft.problems, most.problems);
  const after: Model = {
    ...draft,
    summaries,
    counted: summaries === model.summaries ? model.counted : countedIn(summaries.values()),
    isLost: model.isLost,
    runs: runs.runs,
    goneRuns: runs.gone,
    graph: latest?.graph,
    progress: latest?.progress ?? emptyModel.progress,
    report: latest?.report,
  };
  return runs.dropped.size === 0 ? after : without(after, runs.dropped);
}

/** The model without what belongs to runs that are not kept: it would be taken for what belongs to none, and shown with each. */
function without(model: Model, runs: ReadonlySet<string>): Model {
  const isKept = (run: string | undefined): boolean => run === undefined || !runs.has(run);
  const kept = <V>(map: ReadonlyMap<string, V>, runOf: (value: V) => string | undefined): Map<string, V> =>
    new Map([...map].filter(([, value]) => isKept(runOf(value))));
  const summaries = kept(model.summaries, ({ run }) => run);
  return {
    ...model,
    actors: kept(model.actors, ({ rootId }) => rootId),
    spans: model.spans.filter(({ run }) => isKept(run)),
    openSpans: kept(model.openSpans, ({ run }) => run),
    problems: model.problems.filter(({ run }) => isKept(run)),
    summaries,
    counted: countedIn(summaries.values()),
  };
}

/** It would be taken for what belongs to no run, too. */
const isOfGone = ({ gone }: RunsDraft, run: string | undefined): boolean =>
  run !== undefined && gone.has(run);

function apply(draft: Draft, runs: RunsDraft, message: InspectorMessage): void {
  const at = timeOf(message);
  draft.messages += 1;
  if (at > 0) {
    draft.from = draft.from === 0 ? at : Math.min(draft.from, at);
    draft.to = Math.max(draft.to, at);
  }
  switch (message.type) {
    case '@xstate.actor':
      if (!isOfGone(runs, message.rootId)) draft.actors.set(message.sessionId, born(message, at));
      return;
    case '@xstate.event': {
      const { sessionId: id, sourceId, event } = message;
      const actor = draft.actors.get(id);
      if (actor !== undefined) draft.actors.set(id, { ...actor, events: actor.events + 1 });
      draft.log.push({ at, id, sourceId, event: typeOf(event), detail: event });
      return;
    }
    case '@xstate.snapshot': {
      const actor = draft.actors.get(message.sessionId);
      if (actor === undefined) return;
      draft.actors.set(message.sessionId, { ...actor, ...shown(message.snapshot), changedAt: at });
      return;
    }
    case '@tailrace.lane':
      if (!isOfGone(runs, message.run)) moveLane(draft, message);
      return;
    case '@tailrace.problem':
      if (isOfGone(runs, message.run)) return;
      draft.problems.push(message);
      draft.problemCount += 1;
      return;
    case '@tailrace.gone':
    case '@tailrace.progress':
    case '@tailrace.graph':
    case '@tailrace.report':
      runs.take(message);
      return;
    case '@tailrace.summary':
      return;
  }
}

function born(message: ActorMessage, at: number): ActorView {
  const { sessionId, name, rootId, parentId, definition, snapshot } = message;
  const isMachine = definition.includes('"states"');
  const first = {
    id: sessionId,
    name,
    rootId,
    parentId,
    definition,
    isMachine,
    bornAt: at,
    changedAt: at,
    events: 0,
  };
  return { ...first, ...shown(snapshot) };
}

function shown(snapshot: Plain): Pick<ActorView, 'status' | 'value' | 'snapshot'> {
  const status = fieldOf(snapshot, 'status');
  return {
    status: typeof status === 'string' ? status : 'active',
    value: fieldOf(snapshot, 'value'),
    snapshot,
  };
}

function moveLane({ openSpans, spans }: Draft, { run, id, at, lane, name, doing }: LaneMessage): void {
  const open = openSpans.get(id);
  if (open !== undefined) spans.push({ ...open, to: Math.max(open.from, at) });
  if (doing === null) openSpans.delete(id);
  else openSpans.set(id, { id, run, name, lane, doing, from: at, to: undefined });
}

/** A field of a plain record. */
function fieldOf(value: Plain | undefined, name: string): Plain | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  // Own fields of plain data are plain data.
  return Reflect.get(value, name) as Plain;
}

function typeOf(event: Plain): string {
  const type = fieldOf(event, 'type');
  return typeof type === 'string' ? type : '?';
}

function dropLeast(actors: Map<string, ActorView>): void {
  const over = actors.size - most.actors;
  if (over <= 0) return;
  const ranked: string[][] = [[], [], [], [], []];
  for (const actor of actors.values()) ranked[rankOf(actor)]?.push(actor.id);
  for (const id of ranked.flat().slice(0, over)) actors.delete(id);
}

/** Ended ones go before living ones, helpers before those that have states; outputs stay as long as they can. */
function rankOf({ status, isMachine, name }: ActorView): number {
  const isAlive = status === 'active';
  if (!isMachine) return isAlive ? 2 : 0;
  if (isAlive) return 4;
  // `routes~1` is an output, `routes~1/0` one of its writes.
  return /~\d+$/.test(name) ? 3 : 1;
}

function cut(list: unknown[], longest: number): void {
  if (list.length > longest) list.splice(0, list.length - longest);
}
