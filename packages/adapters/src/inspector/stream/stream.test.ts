import { describe, expect, it } from 'vitest';
import { assign, createActor, createMachine, fromTransition, type InspectionEvent, setup } from 'xstate';
import { clock, recorded } from '../testing/recorded.js';
import { createLaneReader } from './lanes.js';
import type { InspectorMessage } from './message.js';
import { createStream } from './stream.js';
import { traceOf } from './trace-file.js';

describe('a stream', () => {
  it('carries no payloads: bytes are counted, long texts cut, actors named', () => {
    const machine = setup({
      types: {
        context: {} as { data: Uint8Array | undefined; text: string },
        events: {} as { type: 'take'; data: Uint8Array },
      },
      actions: { keep: assign(({ event }) => ({ data: event.data })) },
    }).createMachine({
      id: 'm',
      context: { data: undefined, text: 'x'.repeat(100_000) },
      on: { take: { actions: 'keep' } },
    });
    const { stream, told } = recorded();
    const actor = createActor(machine, { inspect: stream.inspect }).start();
    actor.send({ type: 'take', data: new Uint8Array(1_048_576) });
    const last = told.at(-1);
    expect(last).toMatchObject({
      type: '@xstate.snapshot',
      event: { type: 'take', data: '[1048576 bytes]' },
      snapshot: {
        context: { data: '[1048576 bytes]', text: expect.stringMatching(/^x{4096} \[\.\.\. 95904 more\]$/) },
      },
    });
    expect(Math.max(...told.map((message) => JSON.stringify(message).length))).toBeLessThan(10_000);
  });

  it('shows states of machines whatever they are called, and credentials in values of no other logic', () => {
    const { stream, told } = recorded();
    const machine = createMachine({
      initial: 'token',
      states: { token: { initial: 'asked', states: { asked: {} } } },
    });
    createActor(machine, { inspect: stream.inspect }).start();
    expect(told.at(-1)).toMatchObject({ snapshot: { value: { token: 'asked' } } });
    const value = { password: 's3cr3t', user: 'me' };
    const logic = fromTransition((snapshot) => snapshot, {});
    const inner = { ...logic, getInitialSnapshot: () => ({ status: 'active', value }) };
    // Any logic may have what snapshot it likes.
    createActor(inner as unknown as typeof logic, { inspect: stream.inspect }).start();
    expect(told.at(-1)).toMatchObject({ snapshot: { value: { password: '***', user: 'me' } } });
  });

  it('names the functions of a chart, so that it can be drawn', () => {
    const machine = setup({ guards: { full: () => true } }).createMachine({
      id: 'm',
      initial: 'a',
      states: { a: { on: { go: { target: 'b', guard: 'full', actions: function ring() {} } } }, b: {} },
    });
    const { stream, told } = recorded();
    createActor(machine, { inspect: stream.inspect });
    const [announced] = told;
    expect(announced?.type).toBe('@xstate.actor');
    const definition: unknown = JSON.parse(announced?.type === '@xstate.actor' ? announced.definition : '');
    expect(definition).toMatchObject({
      states: { a: { on: { go: { target: 'b', guard: 'full', actions: { type: 'ring' } } } } },
    });
  });
});

describe('an actor in another thread', () => {
  /** What core tells of it. */
  const event = (more: object): InspectionEvent =>
    ({
      rootId: 'x:0',
      actorRef: {
        isRemote: true,
        sessionId: 'x:0/w1.1/x:7',
        id: 'upload',
        _parent: { sessionId: 'x:3' },
        logic: { config: { id: 'write', initial: 'sending', states: { sending: {}, failed: {} } } },
      },
      ...more,
    }) as unknown as InspectionEvent; // Stand-ins have no more than this.

  it('has its chart and its states, and is none of our machines, whatever it is called', () => {
    const told: InspectorMessage[] = [];
    const stream = createStream({ clock, writes: 0 });
    stream.subscribe(({ message }) => told.push(message));
    stream.inspect(event({ type: '@xstate.actor' }));
    for (const value of ['failed', 'stalled']) {
      const snapshot = { status: 'active', value, context: { error: { message: 'no' } } };
      stream.inspect(event({ type: '@xstate.snapshot', event: { type: 'cut' }, snapshot }));
    }
    stream.flush();
    expect(told).toMatchObject([
      { type: '@xstate.actor', parentId: 'x:3', definition: expect.stringContaining('"states"') },
      { type: '@xstate.snapshot', snapshot: { value: 'failed' } },
      { type: '@xstate.snapshot', snapshot: { value: 'stalled' } },
    ]);
    const snapshot = { status: 'error', value: 'failed', error: new Error('no') };
    stream.inspect(event({ type: '@xstate.snapshot', event: { type: 'cut' }, snapshot }));
    expect(told.at(-1)).toMatchObject({ type: '@tailrace.problem', name: 'upload', state: 'failed' });
  });
});

describe('a sample', () => {
  it.each(['paused', 'stalled', 'retrying'])('tells of a left out write when it is %s', (state) => {
    const machine = setup({}).createMachine({
      id: 'write',
      initial: 'queued',
      states: { queued: { on: { go: state } }, [state]: {} },
    });
    const told: string[] = [];
    const stream = createStream({ clock, writes: 0 });
    stream.subscribe(({ message }) => told.push(message.type));
    const actor = createActor(machine, { id: 'o~1/0', inspect: stream.inspect }).start();
    expect(told).not.toContain('@xstate.actor');
    actor.send({ type: 'go' });
    expect(told).toContain('@xstate.actor');
  });
});

describe('a problem', () => {
  const write = { sessionId: 'x:1', id: 'o~1/0', kind: 'write' };
  const failed = (error: unknown): unknown => ({ status: 'done', value: 'failed', context: { error } });
  const error = { code: 'STORE_FAILED', message: 'no s3://me:s3cr3t@host/x: row of 4111', causes: ['4111'] };

  it('is told in full, but without credentials', () => {
    const [, problem] = createLaneReader().read(() => 1, write, failed(error));
    expect(problem).toMatchObject({ text: 'no s3://***@host/x: row of 4111\n  caused by: 4111' });
  });

  it('is its code alone where messages are not to be told', () => {
    const lanes = createLaneReader({ errorMessages: false });
    expect(lanes.read(() => 1, write, failed(error))[1]).toMatchObject({
      code: 'STORE_FAILED',
      text: 'STORE_FAILED',
    });
    expect(lanes.read(() => 1, write, failed('4111'))[1]).toMatchObject({ code: '', text: '[not told]' });
  });
});

describe('a lane', () => {
  it('has its time by the monotonic clock: parts of a millisecond, though the wall clock goes back', () => {
    let [wall, now] = [1_700_000_000_000, 5];
    const told: InspectorMessage[] = [];
    const stream = createStream({ clock: { ...clock, now: () => now, wallTime: () => wall } });
    stream.subscribe(({ message }) => told.push(message));
    const worker = setup({}).createMachine({
      id: 'worker',
      initial: 'up',
      states: {
        up: {
          initial: 'starting',
          states: { starting: { on: { go: 'idle' } }, idle: { on: { go: '#end' } } },
        },
        end: { id: 'end', type: 'final' },
      },
    });
    const actor = createActor(worker, { id: 'w1', inspect: stream.inspect }).start();
    for (const ms of [0.25, 2]) {
      now += ms;
      wall -= 1_000;
      actor.send({ type: 'go' });
    }
    const spans = traceOf(told).traceEvents.filter(({ ph }) => ph === 'X');
    expect(spans.map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
      ['start w1', 1_700_000_000_000_000, 250],
      ['waiting w1', 1_700_000_000_000_250, 2_000],
    ]);
  });

  const write = { sessionId: 'x:1', id: 'routes~1/0', kind: 'write' };
  const retrying = {
    status: 'active',
    value: 'retrying',
    context: { error: { code: 'STORE_FAILED', message: 'the disk is slow', causes: ['EIO'] } },
  };

  it('tells of a write that waits for room on a full disk, with the error, and of one that makes no progress', () => {
    const lanes = createLaneReader();
    const error = { code: 'STORAGE_FULL', message: 'no room', causes: [] };
    const paused = { status: 'active', value: 'paused', context: { error } };
    expect(lanes.read(() => 5, write, paused)).toMatchObject([
      { type: '@tailrace.lane', lane: 'routes~1', doing: 'full disk' },
      { type: '@tailrace.problem', state: 'paused', code: 'STORAGE_FULL', text: 'no room' },
    ]);
    const stalled = { status: 'active', value: { active: 'stalled' }, context: { error: undefined } };
    expect(lanes.read(() => 6, write, stalled)).toMatchObject([
      { type: '@tailrace.lane', lane: 'routes~1', doing: null },
      { type: '@tailrace.problem', state: 'stalled', text: 'It is sealed and makes no progress.' },
    ]);
    expect(lanes.read(() => 7, write, { ...stalled, value: { active: 'running' } })).toHaveLength(1);
  });

  it('tells of a backoff in the lane of its output, with the error in full, once', () => {
    const lanes = createLaneReader();
    expect(lanes.read(() => 5, write, retrying)).toEqual([
      { type: '@tailrace.lane', at: 5, id: 'x:1', lane: 'routes~1', name: 'routes~1/0', doing: 'backoff' },
      {
        type: '@tailrace.problem',
        at: 5,
        id: 'x:1',
        name: 'routes~1/0',
        state: 'retrying',
        code: 'STORE_FAILED',
        text: 'the disk is slow\n  caused by: EIO',
      },
    ]);
    expect(lanes.read(() => 6, write, retrying)).toEqual([]);
    expect(lanes.read(() => 7, write, { status: 'active', value: { active: 'running' } })).toMatchObject([
      { doing: null },
    ]);
  });

  it('of an attempt is that of the place of its worker, whichever thread is in it', () => {
    const attempt = { sessionId: 'x:2', id: 'attempt', kind: 'attempt' };
    const context = { worker: 'w3.7', attemptId: 'routes~1/0#2' };
    const lanes = createLaneReader();
    expect(lanes.read(() => 1, attempt, { status: 'active', value: 'encoding', context })).toEqual([
      { type: '@tailrace.lane', at: 1, id: 'x:2', lane: 'w3', name: 'routes~1/0#2', doing: 'encode' },
    ]);
    expect(lanes.read(() => 2, attempt, { status: 'done', value: 'prepared', context })).toMatchObject([
      { doing: null },
    ]);
  });

  it('of an attempt that waits for batches is starved, from when it had taken the last one', () => {
    const attempt = { sessionId: 'x:2', rootId: 'x:0', id: 'attempt', kind: 'attempt' };
    const at = (value: string, starvedMs?: number): object => ({
      status: 'active',
      value,
      context: { worker: 'w3.7', attemptId: 'routes~1/0#2', starvedMs },
    });
    const lanes = createLaneReader();
    const read = (ms: number, snapshot: object): unknown[] =>
      lanes
        .read(() => ms, attempt, snapshot)
        .flatMap((told) => ('lane' in told ? [[told.at, told.doing, told.run]] : []));
    // What it waits for while it is opened is not told late.
    expect(read(100, at('opening', 50))).toEqual([[100, 'open', 'x:0']]);
    expect(read(110, at('encoding', 50))).toEqual([[110, 'starved', 'x:0']]);
    expect(read(200, at('encoding'))).toEqual([[200, 'encode', 'x:0']]);
    expect(read(300, at('encoding', 30))).toEqual([[270, 'starved', 'x:0']]);
    expect(read(310, at('encoding', 30))).toEqual([]);
    expect(read(400, at('flushing'))).toEqual([[400, 'flush', 'x:0']]);
  });

  it('of a worker whose thread has died shows the crash until the next one is there', () => {
    const worker = { sessionId: 'x:3', id: 'w1', kind: 'worker' };
    const error = { code: 'WORKER_LOST', message: 'Worker w1.1 exited with code 3.', causes: [] };
    const lanes = createLaneReader();
    expect(
      lanes.read(() => 1, worker, { status: 'active', value: 'restarting', context: { error } }),
    ).toMatchObject([
      { type: '@tailrace.lane', lane: 'w1', doing: 'crash' },
      { type: '@tailrace.problem', state: 'crashed', code: 'WORKER_LOST' },
    ]);
    expect(lanes.read(() => 2, worker, { status: 'active', value: { up: 'starting' } })).toMatchObject([
      { doing: 'start' },
    ]);
  });

  it('tells of actors of other apps only what has failed', () => {
    const lanes = createLaneReader();
    const other = { sessionId: 'y', id: 'theirs', kind: 'theirs' };
    // Their states may be called as they like.
    for (const value of ['a', 'stalled', 'paused'])
      expect(lanes.read(() => 1, other, { status: 'active', value, context: { error: 'no' } })).toEqual([]);
    expect(lanes.read(() => 2, other, { status: 'error', error: { message: 'no' } })).toMatchObject([
      { type: '@tailrace.problem', state: 'failed', text: 'no' },
    ]);
  });
});
