import { describe, expect, it } from 'vitest';
import { createActor, fromPromise, SimulatedClock, setup } from 'xstate';
import type { PlainError } from '../errors/plain-error.js';
import { decidePause } from '../retry/disk-full.js';
import type { RetryDecision } from '../retry/policy.js';
import type { AttemptLogic } from './attempt-mirror.js';
import { createWriteMachine, type WriteSettled } from './write.machine.js';
import type { WriteRef } from './write-ref.js';

const failure = (code: PlainError['code'], message = 'it broke'): PlainError => ({
  code,
  status: 'temporary',
  operation: 'test',
  message,
  context: {},
  causes: [],
});

interface Tries {
  readonly refs: WriteRef[];
  readonly settle: ((error?: PlainError) => void)[];
  readonly aborted: WriteRef[];
}

/** A write under a parent that records what it is told, with attempts that the test ends by hand. */
function startWrite(
  decide: (error: PlainError, charged: number) => RetryDecision,
  options: {
    timeoutMs?: number;
    diskFullTimeoutMs?: number;
    abortAttempt?: () => Promise<void>;
  } = {},
) {
  const clock = new SimulatedClock();
  const fullDisks = { onDiskFull: 'wait', diskFullTimeoutMs: options.diskFullTimeoutMs ?? 0 } as const;
  const batches = { outstanding: 0, movedAt: 0 };
  const tries: Tries = { refs: [], settle: [], aborted: [] };
  const attemptLogic = fromPromise<void, WriteRef>(
    ({ input }) =>
      new Promise((resolve, reject) => {
        tries.refs.push(input);
        tries.settle.push((error) => (error === undefined ? resolve() : reject(error)));
      }),
  );
  const machine = createWriteMachine({
    acquireWorker: async () => {},
    // The machine only sees an actor that ends done or in error; a promise is the simplest of those.
    attemptLogic: attemptLogic as unknown as AttemptLogic,
    abortAttempt: async (ref) => {
      tries.aborted.push(ref);
      await options.abortAttempt?.();
    },
    progress: () => ({ outstanding: batches.outstanding, quietMs: clock.now() - batches.movedAt }),
    decide: (_, error, charged) => decide(error, charged),
    decidePause: (_, error, pause) => decidePause(fullDisks, error, pause, clock.now()),
  });
  const told: WriteSettled[] = [];
  const parent = setup({
    types: { events: {} as WriteSettled },
    actors: { write: machine },
    actions: { record: ({ event }) => told.push(event) },
  }).createMachine({
    on: { 'write.settled': { actions: 'record' } },
    invoke: {
      id: 'write',
      src: 'write',
      input: { writeId: 'routes/3', stallMs: 1_000, timeoutMs: options.timeoutMs ?? 0 },
    },
  });
  const actor = createActor(parent, { clock }).start();
  const write = actor.getSnapshot().children.write;
  if (write === undefined) throw new Error('the write did not start');
  /** Batches were given or taken, of which the machine need not be told. */
  const move = (outstanding: number): void => {
    batches.outstanding = outstanding;
    batches.movedAt = clock.now();
  };
  return { write, clock, tries, told, move, state: () => write.getSnapshot().value };
}

/** Lets promises that are settled take effect. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const again = (delayMs: number): RetryDecision => ({ retry: true, delayMs });
const giveUp: RetryDecision = { retry: false };

describe('a write', () => {
  it('is prepared when its attempt is, and tells the output once', async () => {
    const { tries, told, state } = startWrite(() => giveUp);
    await settle();
    expect(state()).toEqual({ active: 'running' });
    tries.settle[0]?.();
    await settle();
    expect(state()).toBe('prepared');
    expect(told).toEqual([
      { type: 'write.settled', writeId: 'routes/3', result: 'prepared', error: undefined },
    ]);
  });

  it('waits as long as the policy says before it is queued again, under a new attempt number', async () => {
    const { tries, clock, write, state } = startWrite(() => again(500));
    await settle();
    tries.settle[0]?.(failure('STORE_FAILED'));
    await settle();
    expect(state()).toBe('retrying');
    expect(write.getSnapshot().context.nextDelayMs).toBe(500);
    clock.increment(499);
    await settle();
    expect(state()).toBe('retrying');
    clock.increment(1);
    await settle();
    expect(state()).toEqual({ active: 'running' });
    expect(tries.refs.map((ref) => ref.attempt)).toEqual([1, 2]);
  });

  it('fails with the last error when the policy gives up, having counted every attempt', async () => {
    const seen: number[] = [];
    const { tries, clock, told } = startWrite((_, charged) => {
      seen.push(charged);
      return charged < 3 ? again(0) : giveUp;
    });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await settle();
      tries.settle[attempt]?.(failure('SINK_FAILED', `failure ${attempt + 1}`));
      await settle();
      clock.increment(0);
    }
    await settle();
    expect(seen).toEqual([1, 2, 3]);
    expect(told[0]).toMatchObject({ result: 'failed', error: { message: 'failure 3' } });
  });

  it('does not charge a lost worker, replays alone after the second one, and is the culprit at the third', async () => {
    let asked = 0;
    const { tries, clock, told } = startWrite(() => {
      asked += 1;
      return giveUp;
    });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await settle();
      tries.settle[attempt]?.(failure('WORKER_LOST'));
      await settle();
      clock.increment(0);
    }
    await settle();
    expect(tries.refs.map((ref) => ref.isolated)).toEqual([false, false, true]);
    expect(asked).toBe(0);
    expect(told[0]).toMatchObject({ result: 'failed', error: { code: 'WORKER_LOST' } });
  });

  it('aborts the attempt and only then is cancelled', async () => {
    const { write, tries, told } = startWrite(() => giveUp);
    await settle();
    write.send({ type: 'write.cancel' });
    expect(write.getSnapshot().value).toBe('cancelling');
    expect(told).toEqual([]);
    await settle();
    expect(tries.aborted).toHaveLength(1);
    expect(told[0]?.result).toBe('cancelled');
  });

  it('is cancelled, not tried again, even when the attempt cannot be aborted', async () => {
    const { write, told, state } = startWrite(() => again(0), {
      abortAttempt: () => Promise.reject(new Error('the thread does not answer')),
    });
    await settle();
    write.send({ type: 'write.cancel' });
    await settle();
    expect(state()).toBe('cancelled');
    expect(told).toMatchObject([{ result: 'cancelled' }]);
  });

  it('counts its hard limit from the moment it is sealed, aborts the attempt and tries again', async () => {
    const { write, clock, tries, state } = startWrite(() => again(10), { timeoutMs: 2_000 });
    await settle();
    clock.increment(10_000);
    expect(write.getSnapshot().matches('active')).toBe(true);
    write.send({ type: 'write.sealed' });
    clock.increment(1_999);
    expect(write.getSnapshot().matches('active')).toBe(true);
    clock.increment(1);
    expect(state()).toBe('cancelling');
    await settle();
    expect(state()).toBe('retrying');
    expect(write.getSnapshot().context.error?.code).toBe('WRITE_TIMEOUT');
    expect(tries.aborted).toHaveLength(1);
  });

  it('is stalled when there is work and no progress, and runs on with the next progress', async () => {
    const { write, clock, state, move } = startWrite(() => giveUp);
    await settle();
    clock.increment(5_000);
    expect(state()).toEqual({ active: 'running' });
    move(2);
    for (let turn = 0; turn < 10; turn += 1) clock.increment(100);
    expect(state()).toEqual({ active: 'stalled' });
    expect(write.getSnapshot().hasTag('attention')).toBe(true);
    move(1);
    write.send({ type: 'write.progressed', outstanding: 1 });
    expect(state()).toEqual({ active: 'running' });
  });

  it('is not stalled while batches move, though it is told of none of them', async () => {
    const { clock, state, move } = startWrite(() => giveUp);
    await settle();
    for (let turn = 0; turn < 50; turn += 1) {
      move(1 + (turn % 3));
      clock.increment(900);
      expect(state()).toEqual({ active: 'running' });
    }
    clock.increment(100);
    expect(state()).toEqual({ active: 'stalled' });
  });

  it('is given up when it takes none of its batches for as long as its limit, not before', async () => {
    const { clock, state, move } = startWrite(() => again(10), { timeoutMs: 500 });
    await settle();
    for (let turn = 0; turn < 10; turn += 1) {
      move(1);
      clock.increment(400);
      expect(state()).toEqual({ active: 'running' });
    }
    clock.increment(99);
    expect(state()).toEqual({ active: 'running' });
    clock.increment(1);
    expect(state()).toBe('cancelling');
  });
});

describe('a write that finds the disk full and waits for room', () => {
  const full = { ...failure('STORE_FAILED'), context: { errno: 'ENOSPC' } };

  it('is paused without being charged, looks again less and less often, and is prepared once there is room', async () => {
    const charged: number[] = [];
    const { tries, clock, told, state, write } = startWrite((_, count) => {
      charged.push(count);
      return giveUp;
    });
    for (const delayMs of [250, 500, 1_000]) {
      await settle();
      tries.settle.at(-1)?.(full);
      await settle();
      expect(state()).toBe('paused');
      expect(write.getSnapshot().hasTag('active')).toBe(true);
      clock.increment(delayMs - 1);
      await settle();
      expect(state()).toBe('paused');
      clock.increment(1);
    }
    await settle();
    tries.settle.at(-1)?.();
    await settle();
    expect(charged).toEqual([]);
    expect(tries.refs.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(told).toMatchObject([{ result: 'prepared' }]);
  });

  it('fails at its limit, saying that no room has appeared', async () => {
    const { tries, clock, told } = startWrite(() => again(0), { diskFullTimeoutMs: 600 });
    for (const delayMs of [250, 350, 0]) {
      await settle();
      tries.settle.at(-1)?.(full);
      await settle();
      clock.increment(delayMs);
    }
    await settle();
    expect(told).toMatchObject([{ result: 'failed', error: { context: { errno: 'ENOSPC' } } }]);
    expect(told[0]?.error?.message).toMatch(/No room has appeared for 600 ms/);
  });

  it('can be cancelled while it waits', async () => {
    const { tries, write, told } = startWrite(() => giveUp);
    await settle();
    tries.settle[0]?.(full);
    await settle();
    write.send({ type: 'write.cancel' });
    expect(told).toMatchObject([{ result: 'cancelled' }]);
  });

  it('is charged again as usual for what fails otherwise, and its waiting starts anew', async () => {
    const charged: number[] = [];
    const { tries, clock, state } = startWrite(
      (_, count) => {
        charged.push(count);
        return again(0);
      },
      { diskFullTimeoutMs: 400 },
    );
    for (const error of [full, failure('STORE_FAILED'), full]) {
      await settle();
      tries.settle.at(-1)?.(error);
      await settle();
      clock.increment(error === full ? 250 : 1);
      await settle();
    }
    tries.settle.at(-1)?.(full);
    await settle();
    expect(charged).toEqual([1]);
    expect(state()).toBe('paused');
  });
});
