// Owns what a person wants to read out of the events of a run: who does what in which lane, and what went wrong. Pure.
import type { LaneMessage, ProblemMessage } from './message.js';
import { type CopyOptions, toPlain } from './plain.js';

export interface LaneActor {
  readonly sessionId: string;
  /** Of the actor above all others of its run. */
  readonly rootId?: string | undefined;
  /** Id within its parent: `routes~1/0`, `w1`. */
  readonly id: string;
  /** Id of its chart. */
  readonly kind: string | undefined;
}

interface Shot {
  readonly status: string;
  /** States joined: `up_busy`; of parallel ones the first. */
  readonly state: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly error: unknown;
}

/** Keeps what each actor did last, so that only changes are told. */
export interface LaneReader {
  /**
   * @param now milliseconds since 1970; asked only when there is something to tell
   * @param snapshot as the actor has it: no more of it is read than is told, as most are of actors that nobody looks at
   */
  read(now: () => number, actor: LaneActor, snapshot: unknown): readonly (LaneMessage | ProblemMessage)[];
}

/**
 * States that are problems, and what they are called; their error is told in full. A worker whose thread has died is seen as
 * `restarting` or `dead`: it leaves its state `crashed` within the step that leads there, and no snapshot has it.
 */
const problems: ReadonlyMap<string, string> = new Map([
  ['retrying', 'retrying'],
  ['paused', 'paused'],
  ['stalled', 'stalled'],
  ['failed', 'failed'],
  ['restarting', 'crashed'],
  ['unresponsive', 'unresponsive'],
  ['dead', 'dead'],
  ['broken', 'broken'],
]);

/** Actors whose states may be problems: others call theirs as they like, and are one only when they end in an error. */
const ours: ReadonlySet<string> = new Set(['run', 'pool', 'worker', 'output', 'write']);

/** Whether such an actor stands in a lane whatever goes on in it, and not only when it ends or is in trouble. */
export const isInLanes = (kind: string | undefined): boolean => kind !== undefined && kind !== 'write';

const nothing: readonly never[] = [];

export function createLaneReader(limits: CopyOptions = {}): LaneReader {
  const last = new Map<string, string>();
  return {
    read(now, actor, snapshot) {
      if (isAsBefore(last.get(actor.sessionId), actor, snapshot)) return nothing;
      const shot = shotOf(snapshot);
      const starvedMs =
        actor.kind === 'attempt' && shot.state === 'encoding' ? shot.context.starvedMs : undefined;
      const isStarved = typeof starvedMs === 'number';
      const before = last.get(actor.sessionId);
      const key = isStarved ? starving : shot.state;
      if (shot.status === 'active') {
        if (before === key) return nothing;
        last.set(actor.sessionId, key);
      } else {
        last.delete(actor.sessionId);
      }
      // It was told late of what it had to do before: never of what it had not begun.
      const at = isStarved && before === shot.state ? now() - starvedMs : now();
      const lane = laneOf(at, actor, shot);
      const problems = problemsOf(at, actor, shot, limits);
      return lane === undefined ? problems : [lane, ...problems];
    },
  };
}

/** Most snapshots say what the last one said. Of attempts more than the state is read. */
function isAsBefore(before: string | undefined, { kind }: LaneActor, snapshot: unknown): boolean {
  if (before === undefined || kind === 'attempt' || typeof snapshot !== 'object' || snapshot === null)
    return false;
  // Any object has fields that may be there or not.
  const { status, value } = snapshot as { readonly status?: unknown; readonly value?: unknown };
  return status === 'active' && isState(before, 0, value);
}

/** Whether a state value is the one that is written from some place on: nothing is made to see it. */
function isState(written: string, from: number, value: unknown): boolean {
  if (typeof value === 'string')
    return written.length === from + value.length && written.startsWith(value, from);
  if (typeof value !== 'object' || value === null) return false;
  // Any object has fields that may be there or not.
  const states = value as Readonly<Record<string, unknown>>;
  for (const name in states) {
    const end = from + name.length;
    return written.startsWith(name, from) && written[end] === '_' && isState(written, end + 1, states[name]);
  }
  return false;
}

/** State of an attempt that encodes, where it waits for batches. */
const starving = 'encoding starved';

function laneOf(at: number, { sessionId, rootId, id, kind }: LaneActor, shot: Shot): LaneMessage | undefined {
  const told = (lane: string, doing: string | null, name = id): LaneMessage => ({
    type: '@tailrace.lane',
    at,
    run: rootId,
    id: sessionId,
    lane,
    name,
    doing: shot.status === 'active' ? doing : null,
  });
  switch (kind) {
    case 'attempt': {
      const { worker, attemptId } = shot.context;
      if (typeof worker !== 'string') return undefined;
      const name = typeof attemptId === 'string' ? attemptId : id;
      const isStarved = shot.state === 'encoding' && typeof shot.context.starvedMs === 'number';
      return told(slotOf(worker), isStarved ? 'starved' : (doingOfAttempt[shot.state] ?? null), name);
    }
    case 'worker':
      return told(id, doingOfWorker[shot.state] ?? null);
    case 'write':
      return told(outputOf(id), doingOfWrite[shot.state] ?? null);
    case 'output':
      return told(
        id,
        doingOfOutput[shot.state.split('_')[0] ?? ''] ??
          (shot.state.includes('committing') ? 'commit' : null),
      );
    case 'run':
      return told('main', doingOfRun(shot));
    default:
      return undefined;
  }
}

const doingOfAttempt: Readonly<Record<string, string | undefined>> = {
  opening: 'open',
  encoding: 'encode',
  flushing: 'flush',
  aborting: 'abort',
};
const doingOfWorker: Readonly<Record<string, string | undefined>> = {
  up_starting: 'start',
  up_idle: 'waiting',
  restarting: 'crash',
  unresponsive: 'crash',
};
const doingOfWrite: Readonly<Record<string, string | undefined>> = {
  retrying: 'backoff',
  paused: 'full disk',
};
const doingOfOutput: Readonly<Record<string, string | undefined>> = { aborting: 'abort' };

function doingOfRun({ state }: Shot): string | null {
  if (state.includes('computing_blocked')) return 'blocked';
  // What of that is reading and what is computing is told by those who look at the run.
  if (state.startsWith('running')) return 'running';
  return state === 'flushing' ? 'waiting' : null;
}

function problemsOf(
  at: number,
  { sessionId, rootId, id, kind }: LaneActor,
  shot: Shot,
  limits: CopyOptions,
): readonly ProblemMessage[] {
  // Its write tells the same, and what follows from it.
  if (kind === 'attempt') return nothing;
  const last = shot.state.slice(shot.state.lastIndexOf('_') + 1);
  const isOurs = kind !== undefined && ours.has(kind);
  const state = shot.status === 'error' ? 'failed' : isOurs ? problems.get(last) : undefined;
  if (state === undefined) return nothing;
  // No error has led to it: its last attempt is still at work.
  if (state === 'stalled') {
    const text = 'It is sealed and makes no progress.';
    return [{ type: '@tailrace.problem', at, run: rootId, id: sessionId, name: id, state, code: '', text }];
  }
  const error = shot.error ?? shot.context.error;
  // Without an error there is nothing to read: a run's failed state repeats those of its outputs.
  if (error === undefined || error === null) return nothing;
  // As a property of that name, by which plain copies know what errors are.
  const said = toPlain({ error }, { ...limits, depth: (limits.depth ?? 6) + 1 });
  return [
    {
      type: '@tailrace.problem',
      at,
      run: rootId,
      id: sessionId,
      name: id,
      state,
      ...saidBy(recordOf(said).error),
    },
  ];
}

/** Code and full text of an error in plain form; causes on lines of their own. */
function saidBy(error: unknown): { readonly code: string; readonly text: string } {
  if (typeof error !== 'object' || error === null) return { code: '', text: String(error) };
  const { code, message, causes } = recordOf(error);
  const beneath = Array.isArray(causes) ? causes.map((cause) => `\n  caused by: ${String(cause)}`) : [];
  const known = typeof message === 'string' ? message : code;
  const text = typeof known === 'string' ? known : JSON.stringify(error);
  return { code: typeof code === 'string' ? code : '', text: text + beneath.join('') };
}

/** `w1.2` is the second thread in the place `w1`. */
const slotOf = (worker: string): string => before(worker, '.');
/** `routes~1/0` is a write of `routes~1`. */
const outputOf = (id: string): string => before(id, '/');
function before(text: string, mark: string): string {
  const at = text.indexOf(mark);
  return at < 0 ? text : text.slice(0, at);
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  // Any object has fields that may be there or not.
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

function shotOf(snapshot: unknown): Shot {
  const { status, value, context, error } = recordOf(snapshot);
  return {
    status: typeof status === 'string' ? status : 'active',
    state: stateOf(value),
    context: recordOf(context),
    error,
  };
}

function stateOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const states = recordOf(value);
  // Without a list of all: it is asked of every snapshot.
  for (const name in states) {
    const below = stateOf(states[name]);
    return below === '' ? name : `${name}_${below}`;
  }
  return '';
}
