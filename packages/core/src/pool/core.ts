// Owns the assembly of a pool: places, effects, machines, outputs. The pool actor may be a root (imperative use) or a
// child of a run; this neither knows nor cares.
import type { ActorRefFrom, AnyActorRef } from 'xstate';
import { type PlainError, toPlainError } from '../errors/plain-error.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { askFirst } from '../inspect/ask-first.js';
import type { GuardedInspector } from '../inspect/guard-inspector.js';
import { createRemoteInspection } from '../inspect/remote-inspection.js';
import type { Memory } from '../materialise/memory.js';
import { createOutputMachine } from '../output/output.machine.js';
import { createWriteMachine } from '../output/write.machine.js';
import { createRetryBudget } from '../retry/budget.js';
import type { Clock, Random } from '../time/clock.js';
import type { CrewSeen } from './crew.js';
import { type CrewEvent, createCrewMachine } from './crew.machine.js';
import { deferred } from './deferred.js';
import { type OpenOutput, type OutputActor, openOutput } from './open-output.js';
import { createPoolEffects } from './output-effects.js';
import type { OutputRecord, OutputSettings } from './output-record.js';
import { createPlaces } from './places.js';
import { createPoolMachine, type PoolInput, type PoolMachine } from './pool.machine.js';
import { relievePressure } from './pressure.js';
import type { StartThread } from './thread.js';
import { createWorkerMachine } from './worker.machine.js';
import type { WorkerSettings } from './worker-settings.js';

export interface CoreOptions extends WorkerSettings {
  readonly memory: Memory;
  /** 0 runs the same machines on the main thread; `auto` decides while it runs. */
  readonly workers: number | 'auto';
  /** Cores of the machine. */
  readonly cores: number;
  /** Threads have a lower priority than the main thread. */
  readonly threadsGiveWay: boolean;
  readonly clock: Clock;
  readonly random: Random;
  /** The caller's inspector, guarded, for the actors inside workers. */
  readonly inspect: GuardedInspector | undefined;
  readonly startThread: StartThread | undefined;
}

/** A worker of a pool at one moment. */
export interface WorkerStats {
  /** `w1.2`: place and incarnation. */
  readonly name: string;
  /** Attempts running in it. */
  readonly load: number;
  /** Whether a thread is there and listens. */
  readonly up: boolean;
}

export interface PoolCore {
  readonly machine: PoolMachine;
  readonly input: PoolInput;
  /** Those that have not ended. */
  readonly outputs: ReadonlyMap<string, OpenOutput>;
  /** Gives the running pool actor; before anything else. */
  attach(ref: ActorRefFrom<PoolMachine>): void;
  openOutput(settings: OutputSettings): OpenOutput;
  /** Tells of the stages that feed the outputs: they have begun to compute, or are over. */
  computing(on: boolean): void;
  /** Ends the workers. Outputs must have ended before. */
  close(): Promise<void>;
  readonly workers: readonly WorkerStats[];
  /** Worker threads that there have been, places whose thread died counted once; 0 without threads. */
  readonly workerCount: number;
  /** Worker threads that could not be ended, being inside a call that does not return. */
  readonly abandoned: number;
  /** Attempts waiting for a worker. */
  readonly waiting: number;
  /** Milliseconds worker threads have been at work, all together; 0 without threads. */
  readonly threadMs: number;
  /** Most writes so far that were begun and not prepared at one time. */
  readonly writesAtOnce: number;
}

/** Milliseconds between two looks of an automatic pool at what it does. */
const lookMs = 50;

/** Removing what was staged may take this many times as long as answering a cancel. */
const removalGraces = 6;

/** Writes of an output that wait as actors for a worker, ready to follow those that have one. */
const waitingWrites = 2;

export function createPoolCore(options: CoreOptions): PoolCore {
  const { memory, clock } = options;
  const records = new Map<string, OutputRecord>();
  const outputs = new Map<string, OpenOutput>();
  const inspection = options.inspect && createRemoteInspection(options.inspect, options.inspect.follows);
  const stopRelieving: (() => void)[] = [];
  let ref: ActorRefFrom<PoolMachine> | undefined;
  let nextOutput = 0;
  let stages: CrewSeen['stages'] = 'unknown';

  const childOf = (id: string): AnyActorRef | undefined => ref?.getSnapshot().children[id];
  // Children are untyped in the snapshot; ids of outputs are given to output actors only.
  const outputActorOf = (id: string): OutputActor | undefined => childOf(id) as OutputActor | undefined;

  const tellCrew = (event: CrewEvent): void => {
    if (options.workers === 'auto') childOf('crew')?.send(event);
  };
  const places = createPlaces({
    ...options,
    inspect: inspection?.tell,
    onAdd: (worker, regular) => ref?.send({ type: 'worker.added', worker, regular }),
    onWanted: (wanted) => tellCrew({ type: wanted ? 'crew.wanted' : 'crew.rested' }),
    onRemove: (slot) => ref?.send({ type: 'worker.removed', slot }),
    actorOf: childOf,
  });
  const { scheduler } = places;
  const effects = createPoolEffects({
    ...options,
    records,
    scheduler,
    budget: memory.budget,
    inspection,
    removalMs: removalGraces * options.graceMs,
    retryBudget: createRetryBudget('the run', 'run', options.retryLimits),
    tellProved: places.tellProved,
    warm: places.warm,
    tellProgress({ writeId, ledger }, { outputId }, isDue) {
      const output = outputActorOf(outputId);
      if (output === undefined) return;
      const write = output.getSnapshot().children[writeId]?.getSnapshot();
      const isStalled = write !== undefined && 'hasTag' in write && write.hasTag('attention');
      if (isDue || isStalled) output.send({ type: 'write.moved', writeId, outstanding: ledger.outstanding });
    },
  });
  const machine = createPoolMachine({
    output: createOutputMachine({ ...effects.output, writeMachine: createWriteMachine(effects.write) }),
    worker: createWorkerMachine(places.effects),
    crew: createCrewMachine({
      see: () => ({
        stages: stages === 'flowing' && memory.budget.saturated ? 'blocked' : stages,
        wanted: scheduler.wanted,
        up: places.settled,
      }),
      apply(crew) {
        // Not inside the machine's own step: this makes other machines move.
        queueMicrotask(() => places.grow(crew.places));
      },
      lookMs,
    }),
  });

  /** Whether some write will free its batches by itself. */
  const progressing = (): boolean => {
    // A write that is not running yet will be soon, unless others hold all the room of workers that are up.
    const room = scheduler.waiting === 0 || !Array.from(places.hosts).some((host) => host.up);
    for (const { running, sealedWrites, paused } of records.values()) {
      // What waits for room on a disk is to hold its sources, not to fill another disk.
      if (paused.size > 0) return true;
      if (room && sealedWrites > 0) return true;
      for (const { ledger } of running) if (ledger.sealed) return true;
    }
    return false;
  };

  /** Whether some worker has batches that its sink has not taken yet. */
  const encoding = (): boolean => {
    for (const { running } of records.values()) {
      for (const { ledger } of running) if (ledger.outstanding > 0) return true;
    }
    return false;
  };

  return {
    machine,
    input: {
      workers: places.inputs,
      crew:
        options.workers === 'auto' ? { cores: options.cores, givesWay: options.threadsGiveWay } : undefined,
    },
    outputs,
    attach(actor) {
      ref = actor;
      if (options.inspect !== undefined) askFirst(actor, options.inspect);
      actor.on('placeEnded', ({ slot, regular, error }) => {
        // The snapshot is not yet the new one here: the event says how many are left.
        places.ended(slot, actor.getSnapshot().matches('closing') ? undefined : regular, error);
      });
      actor.on('crewEnded', () => {
        // Nobody decides any more: all there may be.
        places.grow(options.cores);
      });
      actor.subscribe({
        error(error) {
          // A bug in the machine itself: what is alive has nobody left who would end it.
          const plain = toPlainError(error, { code: 'POOL_BROKEN', operation: 'run pool' });
          for (const open of [...outputs.values()]) open.fail(plain);
        },
      });
      stopRelieving.push(
        memory.budget.onChange((saturated) => {
          actor.send({ type: saturated ? 'budget.saturated' : 'budget.opened' });
          if (stages === 'flowing') tellCrew({ type: 'stages.changed' });
        }),
        relievePressure({
          memory,
          clock,
          progressing,
          encoding,
          *eager() {
            for (const record of records.values()) if (record.slow === 'spill') yield record.spillable;
          },
          onError(error) {
            const plain = toPlainError(error, { code: 'STORE_FAILED', operation: 'spill batches' });
            for (const open of [...outputs.values()]) open.fail(plain);
          },
        }),
      );
    },
    openOutput(settings) {
      const pool = ref;
      if (pool === undefined) {
        throw new TailraceError('The pool is not running.', { code: 'CLOSED', operation: 'open output' });
      }
      nextOutput += 1;
      // Slashes and hashes build the ids of writes and attempts.
      const outputId = `${settings.name.replaceAll(/[/#.]/g, '_')}~${nextOutput}`;
      const open = openOutput({
        outputId,
        settings,
        memory,
        clock,
        maxLiveWrites: () => places.openPerOutput + waitingWrites,
        submit(output) {
          const snapshot = pool.getSnapshot();
          if (snapshot.status !== 'active' || !snapshot.hasTag('active') || snapshot.matches('closing')) {
            throw refused(settings.name, snapshot.context.error);
          }
          pool.send({ type: 'output.submitted', output });
        },
        find: () => outputActorOf(outputId),
        checkSchema: effects.checkSchema,
        register: (record) => records.set(outputId, record),
        unregister: () => {
          records.delete(outputId);
          outputs.delete(outputId);
        },
      });
      outputs.set(outputId, open);
      return open;
    },
    computing(on) {
      stages = on ? 'flowing' : 'ended';
      tellCrew({ type: 'stages.changed' });
    },
    async close() {
      const pool = ref;
      if (pool === undefined) return;
      try {
        if (pool.getSnapshot().status === 'active') {
          const closed = deferred<void>();
          pool.subscribe({ complete: () => closed.resolve(), error: (error) => closed.reject(error) });
          pool.send({ type: 'pool.close' });
          if (pool.getSnapshot().status === 'active') await closed.promise;
        }
      } finally {
        for (const stop of stopRelieving.splice(0)) stop();
        // None is left, unless the pool's actor broke down and could not end them.
        await places.terminateAll();
      }
    },
    get workers() {
      return Array.from(places.hosts, ({ name, load, up }) => ({ name, load, up }));
    },
    get workerCount() {
      return options.workers === 0 ? 0 : places.count;
    },
    get abandoned() {
      return places.abandoned;
    },
    get waiting() {
      return scheduler.waiting;
    },
    get threadMs() {
      return places.threadMs;
    },
    get writesAtOnce() {
      return effects.writesAtOnce;
    },
  };
}

function refused(output: string, cause: PlainError | undefined): TailraceError {
  const context = { output };
  if (cause === undefined) {
    const message = `The pool takes no more outputs; ${output} came too late.`;
    return new TailraceError(message, { code: 'CLOSED', operation: 'open output', context });
  }
  return new TailraceError(
    `Output ${output} cannot be written: the pool has no worker left. Last: ${cause.message}`,
    { code: 'POOL_BROKEN', operation: 'open output', context },
  );
}
