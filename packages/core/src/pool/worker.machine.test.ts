import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock, setup } from 'xstate';
import { createPlaces } from './places.js';
import type { StartThread, ThreadEvents } from './thread.js';
import {
  createWorkerMachine,
  type WorkerEffects,
  type WorkerEnded,
  type WorkerEvent,
} from './worker.machine.js';

/** A worker under a parent that records how it ended. */
function startUnderParent(effects: WorkerEffects, maxRestarts: number) {
  const told: WorkerEnded[] = [];
  const parent = setup({
    types: { events: {} as WorkerEnded },
    actors: { worker: createWorkerMachine(effects) },
    actions: { record: ({ event }) => told.push(event) },
  }).createMachine({
    on: { 'worker.ended': { actions: 'record' } },
    invoke: { id: 'w1', src: 'worker', input: { slot: 'w1', bootTimeoutMs: 1_000, maxRestarts } },
  });
  const clock = new SimulatedClock();
  const worker = createActor(parent, { clock }).start().getSnapshot().children.w1;
  if (worker === undefined) throw new Error('the worker did not start');
  return { worker, clock, told, value: () => worker.getSnapshot().value };
}

function startWorker(maxRestarts = 1) {
  const runs: ((event: WorkerEvent) => void)[] = [];
  const stops: (() => void)[] = [];
  const effects: WorkerEffects = {
    run: (_, tell) => void runs.push(tell),
    stop: () => new Promise((resolve) => stops.push(resolve)),
  };
  return { ...startUnderParent(effects, maxRestarts), runs, stops };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a worker that gives no sign at its start', () => {
  it('is ended, counts as crashed, and is started again', async () => {
    const { worker, clock, runs, stops, value } = startWorker();
    clock.increment(999);
    expect(value()).toEqual({ up: 'starting' });
    clock.increment(1);
    expect(value()).toBe('unresponsive');
    expect(stops).toHaveLength(1);
    stops[0]?.();
    await settle();
    expect(value()).toBe('restarting');
    expect(worker.getSnapshot().context.restarts).toBe(1);
    clock.increment(50);
    expect(value()).toEqual({ up: 'starting' });
    expect(runs).toHaveLength(2);
    runs[1]?.({ type: 'thread.ready' });
    expect(value()).toEqual({ up: 'idle' });
  });

  it('leaves a dead place when that was too often, and says why', async () => {
    const { clock, stops, told } = startWorker(0);
    clock.increment(1_000);
    stops[0]?.();
    await settle();
    expect(told).toMatchObject([
      {
        result: 'dead',
        error: {
          code: 'WORKER_LOST',
          message: 'Worker w1.1 gave no sign within 1000 ms of its start, and was ended.',
        },
      },
    ]);
  });

  it('is not started again when it is to stop meanwhile', async () => {
    const { worker, clock, runs, stops, told } = startWorker();
    clock.increment(1_000);
    worker.send({ type: 'worker.stop' });
    for (const stop of stops) stop();
    await settle();
    expect(told).toMatchObject([{ result: 'stopped' }]);
    expect(runs).toHaveLength(1);
  });
});

describe('a worker that is to stop', () => {
  function startPlace(answers: boolean) {
    const timers = new SimulatedClock();
    const log: string[] = [];
    let events: ThreadEvents | undefined;
    const startThread: StartThread = (_, given) => {
      events = given;
      return {
        post(message) {
          log.push(message.type);
          if (answers) events?.ended(undefined);
        },
        async terminate() {
          log.push('terminate');
          events?.ended(undefined);
        },
        keepAlive: () => {},
      };
    };
    const places = createPlaces({
      workers: 1,
      cores: 1,
      openPerWorker: 1,
      graceMs: 5_000,
      unresponsiveMs: 0,
      workerMemoryBytes: 0,
      bootTimeoutMs: 1_000,
      maxRestarts: 0,
      clock: {
        now: () => timers.now(),
        wallTime: () => 0,
        setTimeout: (callback, delayMs) => timers.setTimeout(callback, delayMs),
        // What its own setTimeout has returned.
        clearTimeout: (handle) => timers.clearTimeout(handle as number),
        yield: async () => {},
      },
      startThread,
      inspect: undefined,
      onAdd: () => {},
      onRemove: () => {},
      onWanted: () => {},
      actorOf: () => undefined,
    });
    const { worker, value } = startUnderParent(places.effects, 0);
    events?.message({ type: 'worker.ready' });
    worker.send({ type: 'worker.stop' });
    return { value, timers, log };
  }

  it('is asked, and stops', async () => {
    const { value, timers, log } = startPlace(true);
    await settle();
    timers.increment(60_000);
    expect(value()).toBe('stopped');
    expect(log).toEqual(['worker.stop']);
  });

  it('is ended by force when it has not answered within the grace', async () => {
    const { value, timers, log } = startPlace(false);
    await settle();
    timers.increment(4_999);
    await settle();
    expect([value(), log]).toEqual(['stopping', ['worker.stop']]);
    timers.increment(1);
    await settle();
    expect([value(), log]).toEqual(['stopped', ['worker.stop', 'terminate']]);
  });
});
