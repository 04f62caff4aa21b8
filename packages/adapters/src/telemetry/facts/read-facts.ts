// Owns the reading of inspection events as facts: one per thing that has happened, whatever the number of events. It keeps
// what it needs of actors that are alive, and nothing of those that have ended.
import type { Clock } from '@tailrace/core';
import type { InspectionEvent } from 'xstate';
import type { AttemptPhase, EndState, Fact } from './fact.js';
import { saidError } from './said-error.js';
import { count, type SeenRef, type Shot, seenRef, shotOf, text } from './seen.js';

export interface ReadOptions {
  readonly clock: Pick<Clock, 'now' | 'wallTime'>;
  /** Whether messages of errors may be told, or their codes only. */
  readonly messages: boolean;
}

/** An actor that is alive. */
interface Alive {
  readonly ref: SeenRef;
  readonly parent: Alive | undefined;
  readonly root: Alive | undefined;
  /** Wall time less monotonic time, of its root's beginning. */
  readonly origin: number;
  began: number | undefined;
  /** Status and state that were told of last. */
  last: string;
  phase: AttemptPhase | undefined;
  phaseBegan: number;
  commitBegan: number | undefined;
  /** Of a run its pipeline's, of an output its own: known from the first snapshot on. */
  name: string;
}

const phases: Readonly<Record<string, AttemptPhase | undefined>> = {
  opening: 'open',
  encoding: 'encode',
  flushing: 'flush',
  aborting: 'abort',
};

/** @returns what an event has to tell: nothing, or a few facts in their order */
export function createFactReader({
  clock,
  messages,
}: ReadOptions): (event: InspectionEvent) => readonly Fact[] {
  const alive = new Map<string, Alive>();

  const arrive = (ref: SeenRef): void => {
    const parent = alive.get(ref.parent ?? '');
    alive.set(ref.sessionId, {
      ref,
      parent,
      root: parent?.root ?? parent,
      origin: parent?.origin ?? clock.wallTime() - clock.now(),
      began: undefined,
      last: '',
      phase: undefined,
      phaseBegan: 0,
      commitBegan: undefined,
      name: '',
    });
  };

  return (event) => {
    if (event.type !== '@xstate.actor' && event.type !== '@xstate.snapshot') return [];
    const ref = seenRef(event);
    if (ref === undefined) return [];
    if (event.type === '@xstate.actor') {
      arrive(ref);
      return [];
    }
    const actor = alive.get(ref.sessionId);
    if (actor === undefined) return [];
    const shot = shotOf(event.snapshot);
    const key = `${shot.status} ${shot.state}`;
    if (actor.last === key) return [];
    actor.last = key;
    if (shot.status !== 'active') alive.delete(ref.sessionId);
    const at = actor.origin + clock.now();
    return factsOf(actor, shot, at, messages);
  };
}

function factsOf(actor: Alive, shot: Shot, at: number, messages: boolean): readonly Fact[] {
  const isFirst = actor.began === undefined;
  actor.began ??= at;
  switch (actor.ref.kind) {
    case 'run':
      return ofRun(actor, shot, at, isFirst, messages);
    case 'output':
      return ofOutput(actor, shot, at, isFirst, messages);
    case 'write':
      return ofWrite(actor, shot, at, isFirst, messages);
    case 'attempt':
      return ofAttempt(actor, shot, at, isFirst, messages);
    case 'worker':
      return ofWorker(actor, shot, at, messages);
    case 'pool':
      return [];
  }
}

const baseOf = (actor: Alive, at: number) => ({
  at,
  actor: actor.ref.sessionId,
  root: (actor.root ?? actor).ref.sessionId,
  // A run's pool arrives before the run's first snapshot: its name is looked up when it is told.
  pipeline: (actor.root ?? actor).name,
});

const sinceBegan = ({ began }: Alive, at: number): number => at - (began ?? at);

function ofRun(actor: Alive, shot: Shot, at: number, isFirst: boolean, messages: boolean): readonly Fact[] {
  if (isFirst) actor.name = text(shot.field('pipeline'));
  const base = baseOf(actor, at);
  const began: Fact[] = isFirst ? [{ type: 'run.began', ...base, runId: text(shot.field('runId')) }] : [];
  if (shot.status === 'active') return began;
  const state = shot.state === 'completed' || shot.state === 'cancelled' ? shot.state : 'failed';
  const error = saidError(shot.error, messages);
  return [...began, { type: 'run.ended', ...base, state, durationMs: sinceBegan(actor, at), error }];
}

function ofOutput(
  actor: Alive,
  shot: Shot,
  at: number,
  isFirst: boolean,
  messages: boolean,
): readonly Fact[] {
  if (isFirst) actor.name = text(shot.field('name'));
  const base = { ...baseOf(actor, at), output: actor.name };
  const facts: Fact[] = [];
  if (isFirst) facts.push({ type: 'output.began', ...base, target: text(shot.field('target')) });
  if (shot.state.startsWith('active.committing') && actor.commitBegan === undefined) {
    actor.commitBegan = at;
    facts.push({ type: 'commit.began', ...base });
  }
  if (shot.status === 'active') return facts;
  facts.push({
    type: 'output.ended',
    ...base,
    state: endOf(shot),
    durationMs: sinceBegan(actor, at),
    commitMs: actor.commitBegan === undefined ? undefined : at - actor.commitBegan,
    rows: count(shot.field('committed', 'rows')),
    bytes: count(shot.field('committed', 'bytes')),
    files: count(shot.field('committed', 'files')),
    error: saidError(shot.error, messages),
  });
  return facts;
}

function endOf({ state, status }: Shot): EndState {
  if (state === 'done') return 'done';
  return state === 'cancelled' || status === 'stopped' ? 'cancelled' : 'failed';
}

function ofWrite(actor: Alive, shot: Shot, at: number, isFirst: boolean, messages: boolean): readonly Fact[] {
  const base = writeBaseOf(actor, actor, at);
  const facts: Fact[] = isFirst ? [{ type: 'write.began', ...base }] : [];
  const attempt = count(shot.field('attempt'));
  const error = saidError(shot.error, messages);
  if (shot.status !== 'active') {
    const state =
      shot.state === 'prepared'
        ? 'prepared'
        : shot.state === 'failed' || shot.status === 'error'
          ? 'failed'
          : 'cancelled';
    const durationMs = sinceBegan(actor, at);
    // The context keeps what the last failed attempt failed of, though a later one may have gone well.
    const ofEnd = state === 'prepared' ? undefined : error;
    facts.push({ type: 'write.ended', ...base, state, durationMs, attempts: attempt, error: ofEnd });
  } else if (shot.state === 'retrying' && error !== undefined) {
    facts.push({ type: 'write.retried', ...base, attempt, delayMs: count(shot.field('nextDelayMs')), error });
  } else if (shot.state === 'paused') facts.push({ type: 'write.paused', ...base });
  else if (shot.state === 'active.stalled') facts.push({ type: 'write.stalled', ...base });
  return facts;
}

function ofAttempt(
  actor: Alive,
  shot: Shot,
  at: number,
  isFirst: boolean,
  messages: boolean,
): readonly Fact[] {
  const base = {
    ...writeBaseOf(actor, actor.parent ?? actor, at),
    worker: text(shot.field('worker')),
    attempt: count(shot.field('write', 'attempt')),
  };
  const facts: Fact[] = isFirst ? [{ type: 'attempt.began', ...base }] : [];
  const phase = shot.status === 'active' ? phases[shot.state] : undefined;
  if (phase !== actor.phase) {
    if (actor.phase !== undefined)
      facts.push({ type: 'phase.ended', ...base, phase: actor.phase, durationMs: at - actor.phaseBegan });
    actor.phase = phase;
    actor.phaseBegan = at;
  }
  if (shot.status === 'active') return facts;
  facts.push({
    type: 'attempt.ended',
    ...base,
    state: shot.status === 'done' ? 'prepared' : shot.status === 'error' ? 'failed' : 'cancelled',
    durationMs: sinceBegan(actor, at),
    rows: count(shot.field('rows')),
    batches: count(shot.field('batches')),
    error: saidError(shot.error, messages),
  });
  return facts;
}

const writeBaseOf = (actor: Alive, write: Alive, at: number) => ({
  ...baseOf(actor, at),
  output: write.parent?.name ?? '',
  parent: actor.parent?.ref.sessionId ?? '',
  write: write.ref.id,
});

function ofWorker(actor: Alive, shot: Shot, at: number, messages: boolean): readonly Fact[] {
  const isDead = shot.state === 'dead' || shot.status === 'error';
  if (shot.state !== 'restarting' && !isDead) return [];
  const worker = `${actor.ref.id}.${count(shot.field('incarnation'))}`;
  const error = saidError(shot.error, messages) ?? { code: 'WORKER_LOST', message: 'The thread has ended.' };
  return [{ type: 'worker.lost', ...baseOf(actor, at), worker, isDead, error }];
}
