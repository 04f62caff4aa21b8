// Owns the assembly of a pool: places, scheduler, effects, machines, and the registry of outputs. The pool actor may be
// a root (imperative use) or a child of a run; this neither knows nor cares.
import type { ActorRefFrom, AnyActorRef, SnapshotFrom } from 'xstate';
import type { Schema } from '../batch/schema.js';
import { CancelledError } from '../errors/named-errors.js';
import { fromPlainError, type PlainError, toPlainError } from '../errors/plain-error.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { Memory } from '../materialise/memory.js';
import { createOutputMachine, type OutputMachine } from '../output/output.machine.js';
import { createWriteMachine } from '../output/write.machine.js';
import { type Clock, type Random, sleep } from '../time/clock.js';
import { createRemoteInspection, type Inspector } from '../inspect/remote-inspection.js';
import { type Deferred, deferred } from './deferred.js';
import { createPoolEffects } from './output-effects.js';
import { createOutputRecord, type OutputRecord, type OutputSettings } from './output-record.js';
import { createPoolMachine, type PoolMachine } from './pool.machine.js';
import { relievePressure } from './pressure.js';
import { createScheduler } from './scheduler.js';
import { startInlineThread, type StartThread, startWorkerThread } from './thread.js';
import { createWorkerHost, type WorkerHost } from './worker-host.js';
import { createWorkerMachine, type WorkerInput } from './worker.machine.js';

export interface CoreOptions {
  readonly memory: Memory;
  /** 0 runs the same machines on the main thread. */
  readonly workers: number;
  readonly openPerWorker: number;
  readonly graceMs: number;
  readonly bootTimeoutMs: number;
  readonly maxRestarts: number;
  readonly clock: Clock;
  readonly random: Random;
  /** The caller's inspector, also for the actors inside workers. */
  readonly inspect: Inspector | undefined;
  readonly startThread?: StartThread;
}

/** How an output ended, with its numbers. */
export interface OutputEnd {
  readonly record: OutputRecord;
  readonly state: 'done' | 'failed' | 'cancelled';
  readonly skipped: boolean;
  readonly error: PlainError | undefined;
}

export interface OpenOutput {
  readonly record: OutputRecord;
  /** Resolves when the target is open (or the output has ended); never rejects. */
  readonly begun: Promise<void>;
  /** Resolves when the output has ended, however. */
  readonly ended: Promise<OutputEnd>;
  snapshot(): SnapshotFrom<OutputMachine> | undefined;
  cancel(reason: string): void;
  fail(error: PlainError): void;
}

export interface PoolCore {
  readonly machine: PoolMachine;
  readonly input: { readonly workers: readonly WorkerInput[] };
  readonly memory: Memory;
  readonly outputs: ReadonlyMap<string, OpenOutput>;
  /** Gives the running pool actor; before anything else. */
  attach(ref: ActorRefFrom<PoolMachine>): void;
  openOutput(settings: OutputSettings): OpenOutput;
  /** Ends the workers. Outputs must have ended before. */
  close(): Promise<void>;
  readonly workers: readonly { readonly name: string; readonly load: number; readonly up: boolean }[];
  readonly waiting: number;
  /** Milliseconds worker threads have been at work, all together; 0 without threads. */
  readonly threadMs: number;
}

export function createPoolCore(options: CoreOptions): PoolCore {
  const { memory, clock } = options;
  const records = new Map<string, OutputRecord>();
  const outputs = new Map<string, OpenOutput>();
  const hosts = new Map<string, WorkerHost>();
  const inline = options.workers === 0;
  const startThread = options.startThread ?? (inline ? startInlineThread : startWorkerThread);
  const mirrors = new Map<string, AnyActorRef>();
  const remote =
    options.inspect && createRemoteInspection(options.inspect, (attemptId) => mirrors.get(attemptId));
  let ref: ActorRefFrom<PoolMachine> | undefined;
  let quarantined = 0;
  let goneMs = 0;
  let nextOutput = 0;

  const addHost = (slot: string): WorkerHost => {
    const host = createWorkerHost({
      slot,
      startThread,
      inspect: remote,
      onRoom: () => scheduler.serve(),
    });
    hosts.set(slot, host);
    return host;
  };
  const placeOf = (slot: string, maxRestarts: number): WorkerInput => ({
    slot,
    bootTimeoutMs: options.bootTimeoutMs,
    maxRestarts,
  });
  const hostOf = (slot: string): WorkerHost => {
    const host = hosts.get(slot);
    if (host !== undefined) return host;
    throw new TailraceError(`There is no worker place ${slot}.`, { code: 'CLOSED', operation: 'find worker' });
  };
  const tellWorker = (host: WorkerHost, event: { type: 'worker.loaded'; load: number } | { type: 'worker.proved' }): void => {
    ref?.getSnapshot().children[host.slot]?.send(event);
  };

  const scheduler = createScheduler({
    openPerWorker: options.openPerWorker,
    addQuarantine: () => {
      quarantined += 1;
      const host = addHost(`q${quarantined}`);
      ref?.send({ type: 'worker.added', worker: placeOf(host.slot, 0) });
      return host;
    },
    removeQuarantine: (host) => ref?.send({ type: 'worker.removed', slot: host.slot }),
  });

  const effects = createPoolEffects({
    records,
    scheduler,
    budget: memory.budget,
    clock,
    random: options.random,
    graceMs: options.graceMs,
    mirrors,
    tellLoad: (host) => tellWorker(host, { type: 'worker.loaded', load: host.load }),
    tellProved: (host) => tellWorker(host, { type: 'worker.proved' }),
    tellProgress: (write, record) => {
      const { writeId, ledger } = write;
      sendTo(record.outputId, { type: 'write.moved', writeId, outstanding: ledger.outstanding });
    },
  });

  const worker = createWorkerMachine({
    run: (slot, tell) =>
      hostOf(slot).start({
        ready: () => tell({ type: 'thread.ready' }),
        ended: (error) => tell({ type: 'thread.ended', error }),
      }),
    async stop(slot) {
      const host = hostOf(slot);
      const stopped = new AbortController();
      const forced = sleep(clock, options.graceMs, stopped.signal).then(
        () => host.terminate(),
        () => {},
      );
      await host.stop();
      stopped.abort(new CancelledError('The worker has stopped.', { operation: 'stop worker' }));
      await forced;
    },
  });
  const output = createOutputMachine({ ...effects.output, writeMachine: createWriteMachine(effects.write) });
  const machine = createPoolMachine({ output, worker });

  const slots = inline ? ['main'] : Array.from({ length: options.workers }, (_, index) => `w${index + 1}`);
  const workers = slots.map((slot) => placeOf(slot, options.maxRestarts));
  for (const slot of slots) scheduler.addHost(addHost(slot));

  type OutputActor = ActorRefFrom<OutputMachine>;
  const actorOf = (outputId: string): OutputActor | undefined =>
    // Children are untyped in the snapshot; ids of outputs are given to output actors only.
    ref?.getSnapshot().children[outputId] as OutputActor | undefined;
  const sendTo: (outputId: string, event: Parameters<OutputActor['send']>[0]) => void = (outputId, event) =>
    actorOf(outputId)?.send(event);

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

  const stopRelieving: (() => void)[] = [];
  const failAll = (error: PlainError): void => {
    for (const open of [...outputs.values()]) open.fail(error);
  };

  const finish = (outputId: string, end: Deferred<OutputEnd>, snapshot: SnapshotFrom<OutputMachine>): void => {
    const record = records.get(outputId);
    if (record === undefined) return;
    record.numbers.settledAt = clock.now();
    records.delete(outputId);
    outputs.delete(outputId);
    record.close();
    const state = snapshot.matches('done') ? 'done' : snapshot.matches('cancelled') ? 'cancelled' : 'failed';
    end.resolve({ record, state, skipped: snapshot.context.skipped, error: snapshot.context.error });
  };

  return {
    machine,
    input: { workers },
    memory,
    outputs,
    attach(actor) {
      ref = actor;
      actor.on('placeEnded', ({ slot, regular, error }) => {
        const host = hosts.get(slot);
        if (host !== undefined) {
          scheduler.removeHost(host);
          goneMs += host.threadMs;
        }
        hosts.delete(slot);
        // The snapshot is not yet the new one here: the event says how many are left.
        if (regular === 0 && !actor.getSnapshot().matches('closing')) {
          scheduler.breakDown(brokenError(error));
        }
      });
      stopRelieving.push(
        memory.budget.onChange((saturated) => {
          actor.send({ type: saturated ? 'budget.saturated' : 'budget.opened' });
        }),
        relievePressure({
          memory,
          clock,
          progressing: () => {
            for (const record of records.values()) {
              for (const { running, ledger } of record.writes.values()) {
                // One that is not running yet will be at once, unless others hold all the room.
                if (ledger.sealed && (running || scheduler.waiting === 0)) return true;
              }
            }
            return false;
          },
          *eager() {
            for (const record of records.values()) if (record.slow === 'spill') yield record.spillable;
          },
          onError: (error) => failAll(toPlainError(error, { code: 'STORE_FAILED', operation: 'spill batches' })),
        }),
      );
    },
    openOutput(settings) {
      if (ref === undefined) throw new TailraceError('The pool is not running.', { code: 'CLOSED', operation: 'open output' });
      nextOutput += 1;
      // Slashes and hashes build the ids of writes and attempts.
      const outputId = `${settings.name.replaceAll(/[/#.]/g, '_')}~${nextOutput}`;
      const record = createOutputRecord({
        outputId,
        settings,
        memory,
        now: () => clock.now(),
        send: (event) => sendTo(outputId, event),
        onSchema: (schema: Schema) => {
          const checked = effects.checkSchema(record, schema);
          record.checked = checked;
          checked.catch((error: unknown) =>
            sendTo(outputId, {
              type: 'output.failed',
              error: toPlainError(error, { code: 'SCHEMA_INVALID', operation: 'check schema' }),
            }),
          );
        },
      });
      records.set(outputId, record);
      const begun = deferred<void>();
      const end = deferred<OutputEnd>();
      ref.send({ type: 'output.submitted', output: { outputId, name: settings.name, target: settings.sink.target } });
      const actor = actorOf(outputId);
      if (actor === undefined) {
        records.delete(outputId);
        record.close();
        throw new TailraceError(`The pool takes no more outputs (${String(ref.getSnapshot().value)}).`, {
          code: 'CLOSED',
          operation: 'open output',
          context: { output: settings.name },
        });
      }
      let last = actor.getSnapshot();
      const follow = (snapshot: SnapshotFrom<OutputMachine>): void => {
        last = snapshot;
        if (snapshot.matches('queued')) return;
        if (snapshot.matches('active')) record.activate();
        else record.stopFeed();
        begun.resolve();
        if (snapshot.status === 'done') finish(outputId, end, snapshot);
      };
      actor.subscribe({
        next: follow,
        error: (error) => {
          // A bug in the machine itself; the output must still end.
          begun.resolve();
          finish(outputId, end, { ...last, context: { ...last.context, error: toPlainError(error, { code: 'SINK_FAILED', operation: 'run output' }) } });
        },
      });
      follow(last);
      const open: OpenOutput = {
        record,
        begun: begun.promise,
        ended: end.promise,
        snapshot: () => last,
        cancel: (reason) =>
          sendTo(outputId, {
            type: 'output.cancel',
            error: toPlainError(new CancelledError(reason, { operation: 'run output', context: { output: settings.name } }), {
              code: 'CANCELLED',
              operation: 'run output',
            }),
          }),
        fail: (error) => sendTo(outputId, { type: 'output.failed', error }),
      };
      outputs.set(outputId, open);
      return open;
    },
    async close() {
      const actor = ref;
      if (actor === undefined || actor.getSnapshot().status !== 'active') return;
      const closed = deferred<void>();
      actor.subscribe({ complete: () => closed.resolve(), error: (error) => closed.reject(error) });
      actor.send({ type: 'pool.close' });
      if (actor.getSnapshot().status === 'active') await closed.promise;
      for (const stop of stopRelieving) stop();
    },
    get workers() {
      return [...hosts.values()].map(({ name, load, up }) => ({ name, load, up }));
    },
    get waiting() {
      return scheduler.waiting;
    },
    get threadMs() {
      if (inline) return 0;
      let sum = goneMs;
      for (const host of hosts.values()) sum += host.threadMs;
      return sum;
    },
  };
}

/** The error a caller gets for an output that did not end well. */
export function errorOf(end: OutputEnd): TailraceError {
  const { record, error } = end;
  if (error !== undefined) return fromPlainError(error);
  return new CancelledError(`Output ${record.name} was cancelled.`, {
    operation: 'write output',
    context: { output: record.name },
  });
}
