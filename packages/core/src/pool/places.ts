// Owns the places of workers: their hosts by slot, those for suspects, and what the worker machines do with them.
import type { AnyActorRef } from 'xstate';
import { CancelledError } from '../errors/named-errors.js';
import type { PlainError } from '../errors/plain-error.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { RemoteInspection } from '../inspect/remote-inspection.js';
import type { Sink } from '../sink/sink.js';
import { type Clock, sleep } from '../time/clock.js';
import { createScheduler, type Scheduler } from './scheduler.js';
import { type StartThread, startInlineThread, startWorkerThread } from './thread.js';
import type { WorkerEffects, WorkerInput } from './worker.machine.js';
import { createWorkerHost, type WorkerHost } from './worker-host.js';

export interface PlacesOptions {
  /** 0 for one place on the main thread; `auto` for one, and more when `grow` says so. */
  readonly workers: number | 'auto';
  /** Threads that an automatic pool may have: the cores of the machine. */
  readonly cores: number;
  readonly openPerWorker: number;
  readonly graceMs: number;
  /** Milliseconds a thread with attempts may give no sign of life before it is ended; 0 for no limit. */
  readonly unresponsiveMs: number;
  /** Bytes a thread may hold outside of V8's heap; 0 for no limit. */
  readonly workerMemoryBytes: number;
  readonly bootTimeoutMs: number;
  readonly maxRestarts: number;
  readonly clock: Clock;
  readonly startThread: StartThread | undefined;
  readonly inspect: ((attemptId: string, event: RemoteInspection) => void) | undefined;
  /** A place is wanted: one that stays, or one for a suspect write until that is not wanted any more. */
  readonly onAdd: (worker: WorkerInput, regular: boolean) => void;
  readonly onRemove: (slot: string) => void;
  /** There is something to write where there was nothing, or nothing any more. */
  readonly onWanted: (wanted: boolean) => void;
  /** The worker's actor, when it is alive. */
  readonly actorOf: (slot: string) => AnyActorRef | undefined;
}

export interface Places {
  /** Those that stand from the start. */
  readonly inputs: readonly WorkerInput[];
  readonly scheduler: Scheduler;
  readonly effects: WorkerEffects;
  /** Adds places until there have been `count`. */
  grow(count: number): void;
  /** Regular places that there have been. */
  readonly count: number;
  /** No first thread of a place is still on its way. */
  readonly settled: boolean;
  tellProved(host: WorkerHost): void;
  /** Has threads load what an output will need of its sink: all of them, or one more for an output that is a single write. */
  warm(sink: Sink<never>): void;
  /** The machine of a place has ended. `left`: regular places that are alive, undefined while the pool closes. */
  ended(slot: string, left: number | undefined, error: PlainError | undefined): void;
  readonly hosts: Iterable<WorkerHost>;
  /** Ends every thread now: for a pool whose actor is gone. Never rejects. */
  terminateAll(): Promise<void>;
  /** Attempts of one output that may be open at once. */
  readonly openPerOutput: number;
  /** Threads that could not be ended. */
  readonly abandoned: number;
  /** Milliseconds threads have been at work, all together; 0 without threads. */
  readonly threadMs: number;
}

const brokenError = (error: PlainError | undefined): PlainError => ({
  code: 'POOL_BROKEN',
  status: 'permanent',
  operation: 'run workers',
  message:
    `Every worker has died too often and is not started again. Last: ${error?.message ?? 'unknown'} ` +
    `Look at the sink that was running; a larger maxRestarts only helps if the cause is outside.`,
  context: {},
  causes: error === undefined ? [] : [error.message],
});

export function createPlaces(options: PlacesOptions): Places {
  const { clock, graceMs } = options;
  const inline = options.workers === 0;
  const startThread = options.startThread ?? (inline ? startInlineThread : startWorkerThread);
  const hosts = new Map<string, WorkerHost>();
  const most = options.workers === 'auto' ? options.cores : Math.max(1, options.workers);
  let quarantined = 0;
  let goneMs = 0;
  let abandoned = 0;

  const addHost = (slot: string): WorkerHost => {
    const host = createWorkerHost({
      slot,
      startThread,
      clock,
      graceMs,
      // Without threads, who would be asked is who asks.
      unresponsiveMs: inline ? 0 : options.unresponsiveMs,
      memoryLimitBytes: options.workerMemoryBytes,
      onAbandoned: () => {
        abandoned += 1;
      },
      inspect: options.inspect,
      onRoom: () => scheduler.serve(),
      onLoad: (load) => options.actorOf(slot)?.send({ type: 'worker.loaded', load }),
    });
    hosts.set(slot, host);
    return host;
  };
  const inputOf = (slot: string, maxRestarts: number): WorkerInput => ({
    slot,
    bootTimeoutMs: options.bootTimeoutMs,
    maxRestarts,
  });
  const hostOf = (slot: string): WorkerHost => {
    const host = hosts.get(slot);
    if (host !== undefined) return host;
    const message = `There is no worker place ${slot}.`;
    throw new TailraceError(message, { code: 'CLOSED', operation: 'find worker' });
  };

  const scheduler = createScheduler({
    openPerWorker(wanted) {
      // What is wanted is spread over the threads that will be there; an attempt never moves to another one.
      if (places.count >= most && places.settled) return options.openPerWorker;
      return Math.min(options.openPerWorker, Math.ceil(wanted / Math.min(most, wanted)));
    },
    onWanted: options.onWanted,
    openPerOutput: () => places.openPerOutput,
    addQuarantine: () => {
      quarantined += 1;
      const host = addHost(`q${quarantined}`);
      options.onAdd(inputOf(host.slot, 0), false);
      return host;
    },
    removeQuarantine: (host) => options.onRemove(host.slot),
  });
  const inputs: WorkerInput[] = [];
  let count = 0;
  const addRegular = (): WorkerInput => {
    count += 1;
    const slot = inline ? 'main' : `w${count}`;
    scheduler.addHost(addHost(slot));
    return inputOf(slot, options.maxRestarts);
  };

  const places: Places = {
    inputs,
    scheduler,
    grow(wanted) {
      while (count < Math.min(wanted, most)) options.onAdd(addRegular(), true);
    },
    get count() {
      return count;
    },
    get settled() {
      for (const host of hosts.values()) if (host.fresh) return false;
      return true;
    },
    effects: {
      run: (slot, tell) =>
        hostOf(slot).start({
          ready: () => tell({ type: 'thread.ready' }),
          ended: (error) => tell({ type: 'thread.ended', error }),
        }),
      async stop(slot) {
        const host = hostOf(slot);
        const stopped = new AbortController();
        const forced = sleep(clock, graceMs, stopped.signal).then(
          () => host.terminate(),
          // It has stopped within the grace.
          () => {},
        );
        await host.stop();
        stopped.abort(new CancelledError('The worker has stopped.', { operation: 'stop worker' }));
        await forced;
      },
    },
    warm({ module, single }) {
      // In the order in which threads without work are given attempts.
      for (const host of hosts.values()) if (host.warm(module) && single) return;
    },
    tellProved: (host) => options.actorOf(host.slot)?.send({ type: 'worker.proved' }),
    ended(slot, left, error) {
      const host = hosts.get(slot);
      if (host !== undefined) {
        scheduler.removeHost(host);
        goneMs += host.threadMs;
        // No thread is left in it, unless its machine has broken down; a thread without one is nobody's.
        void host.terminate();
      }
      hosts.delete(slot);
      if (left === 0) scheduler.breakDown(brokenError(error));
    },
    async terminateAll() {
      await Promise.all(Array.from(hosts.values(), (host) => host.terminate()));
    },
    get hosts() {
      return hosts.values();
    },
    // One that is still fed, and one per worker to encode.
    get openPerOutput() {
      return count + 1;
    },
    get abandoned() {
      return abandoned;
    },
    get threadMs() {
      if (inline) return 0;
      let sum = goneMs;
      for (const host of hosts.values()) sum += host.threadMs;
      return sum;
    },
  };
  const first = options.workers === 'auto' ? 1 : most;
  while (count < first) inputs.push(addRegular());
  return places;
}
