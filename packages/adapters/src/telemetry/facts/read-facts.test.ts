import { describe, expect, it } from 'vitest';
import type { InspectionEvent } from 'xstate';
import type { Fact } from './fact.js';
import { createFactReader } from './read-facts.js';

let now = 0;
const clock = { now: () => now, wallTime: () => 1_000_000 + now };

interface Actor {
  readonly id: string;
  readonly kind: string;
  readonly parent?: Actor;
}
const run: Actor = { id: 'run', kind: 'run' };
const pool: Actor = { id: 'pool', kind: 'pool', parent: run };
const output: Actor = { id: 'routes~1', kind: 'output', parent: pool };
const write: Actor = { id: 'routes~1/0', kind: 'write', parent: output };
const attempt: Actor = { id: 'attempt', kind: 'attempt', parent: write };
const worker: Actor = { id: 'w1', kind: 'worker', parent: pool };

const refOf = ({ id, kind, parent }: Actor): object => ({
  sessionId: `x:${id}`,
  id,
  logic: { config: { id: kind } },
  _parent: parent === undefined ? undefined : refOf(parent),
});
// An inspector reads no more of an event than stands here.
const event = (actor: Actor, rest: object): InspectionEvent =>
  ({ rootId: 'x:run', actorRef: refOf(actor), ...rest }) as unknown as InspectionEvent;
const born = (actor: Actor): InspectionEvent => event(actor, { type: '@xstate.actor' });
const shot = (actor: Actor, value: unknown, context: object = {}, status = 'active', error?: unknown) =>
  event(actor, { type: '@xstate.snapshot', event: {}, snapshot: { status, value, context, error } });

function read(events: readonly (InspectionEvent | number)[], messages = true): readonly Fact[] {
  now = 0;
  const facts = createFactReader({ clock, messages });
  return events.flatMap((each) => {
    if (typeof each !== 'number') return facts(each);
    now += each;
    return [];
  });
}

const started = [
  born(run),
  born(pool),
  shot(pool, 'accepting'),
  shot(run, 'idle', { pipeline: 'flights', runId: 'r1' }),
  born(output),
  shot(output, { queued: 'opening' }, { name: 'routes', target: 'out/routes' }),
  born(write),
  shot(write, 'queued', { attempt: 1 }),
];

describe('facts', () => {
  it('name pipeline, output and root, though the pool arrives before the name of its run is known', () => {
    const facts = read(started);
    expect(facts.map(({ type }) => type)).toEqual(['run.began', 'output.began', 'write.began']);
    for (const fact of facts) expect(fact).toMatchObject({ pipeline: 'flights', root: 'x:run' });
    expect(facts[2]).toMatchObject({
      output: 'routes',
      write: 'routes~1/0',
      parent: 'x:routes~1',
      at: 1_000_000,
    });
  });

  it('are told once, whatever the number of snapshots', () => {
    const again = shot(write, { active: 'running' }, { attempt: 1 });
    expect(read([...started, again, again, again])).toHaveLength(3);
  });

  it('give the phases of an attempt, and its end also after that of its write', () => {
    const at = (state: string, status?: string) =>
      shot(attempt, state, { worker: 'w1.1', write: { attempt: 1 }, rows: 7, batches: 2 }, status);
    const facts = read([
      ...started,
      born(attempt),
      at('opening'),
      5,
      at('encoding'),
      20,
      at('flushing'),
      3,
      shot(write, 'prepared', { attempt: 1 }, 'done'),
      at('prepared', 'done'),
    ]).slice(3);
    expect(facts.map((fact) => [fact.type, 'durationMs' in fact ? fact.durationMs : undefined])).toEqual([
      ['attempt.began', undefined],
      ['phase.ended', 5],
      ['phase.ended', 20],
      ['write.ended', 28],
      ['phase.ended', 3],
      ['attempt.ended', 28],
    ]);
    expect(facts.at(-1)).toMatchObject({ output: 'routes', write: 'routes~1/0', rows: 7, worker: 'w1.1' });
  });

  it('tell of a retry by the failed attempt, and nothing of an error that was overcome', () => {
    const error = { code: 'SINK_FAILED', message: 'out of order' };
    const facts = read([
      ...started,
      shot(write, 'retrying', { attempt: 1, nextDelayMs: 40, error }),
      shot(write, 'prepared', { attempt: 2, error }, 'done'),
    ]);
    expect(facts.slice(3)).toMatchObject([
      { type: 'write.retried', attempt: 1, delayMs: 40, error },
      { type: 'write.ended', state: 'prepared', attempts: 2, error: undefined },
    ]);
  });

  it('tell of threads that die, and when their place is given up', () => {
    const context = { incarnation: 2, error: { code: 'WORKER_LOST', message: 'gone' } };
    const facts = read([
      ...started,
      born(worker),
      shot(worker, { up: 'idle' }, { incarnation: 2 }),
      shot(worker, 'restarting', context),
      shot(worker, 'dead', context, 'done'),
    ]);
    expect(facts.slice(3)).toMatchObject([
      { type: 'worker.lost', worker: 'w1.2', isDead: false, pipeline: 'flights' },
      { type: 'worker.lost', worker: 'w1.2', isDead: true },
    ]);
  });

  it('tell how an output ended, one that was stopped included, and when its commit began', () => {
    const committed = { rows: 7, bytes: 70, files: 1 };
    const facts = read([
      ...started,
      10,
      shot(output, { active: { committing: 'attempting' } }, { name: 'routes' }),
      4,
      shot(output, 'done', { name: 'routes', committed }, 'done'),
    ]);
    expect(facts.slice(3)).toMatchObject([
      { type: 'commit.began' },
      { type: 'output.ended', state: 'done', durationMs: 14, commitMs: 4, ...committed },
    ]);
    const [stopped] = read([...started, shot(output, { active: 'open' }, {}, 'stopped')]).slice(3);
    expect(stopped).toMatchObject({ type: 'output.ended', state: 'cancelled', commitMs: undefined });
  });

  it('are nothing of actors of other programs, and of those that are over', () => {
    const other: Actor = { id: 'light', kind: 'light' };
    const late = shot(write, 'queued', { attempt: 9 });
    const over = shot(write, 'prepared', { attempt: 1 }, 'done');
    expect(read([born(other), shot(other, 'green'), ...started, over, late])).toHaveLength(4);
  });
});
