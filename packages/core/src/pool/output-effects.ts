// Owns what an output does in each of its states: calls the sink's main-thread half, gives writes a worker, and takes it
// back. The states and their order are the machines' business.
import type { Schema } from '../batch/schema.js';
import type { Budget, Reservation } from '../budget/budget.js';
import { CancelledError } from '../errors/named-errors.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { RemoteInspector } from '../inspect/remote-inspection.js';
import type { OutputEffects } from '../output/output-effects.js';
import type { WriteEffects } from '../output/write.machine.js';
import type { WriteRef } from '../output/write-ref.js';
import type { RetryBudget } from '../retry/budget.js';
import { checkedBegun } from '../sink/check-answer.js';
import { loadModule } from '../sink/load.js';
import type { Committed, Sink, SinkDefinition } from '../sink/sink.js';
import { type Clock, type Random, sleep } from '../time/clock.js';
import { type AttemptOutcome, type AttemptPlace, attemptIdOf, createAttemptLogic } from './attempt-logic.js';
import { createDecisions } from './decisions.js';
import { admitToGroup, beginInGroup, cannotSkip, createGroupEffects } from './group-effects.js';
import { countBegun, countEnded, unpreparedOf } from './output-numbers.js';
import type { OutputRecord, WriteRecord } from './output-record.js';
import type { Scheduler } from './scheduler.js';
import { checkAccount, commitContext, infoOf, inSink, timed } from './sink-calls.js';
import type { WorkerHost } from './worker-host.js';

export interface EffectsOptions {
  readonly records: ReadonlyMap<string, OutputRecord>;
  readonly scheduler: Scheduler;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds an attempt has to answer a cancel before its worker is ended. */
  readonly graceMs: number;
  /** Milliseconds that removing what was staged may take. */
  readonly removalMs: number;
  /** Of all outputs together. */
  readonly retryBudget: RetryBudget;
  /** Told which actors mirror attempts; undefined when nobody inspects. */
  readonly inspection: RemoteInspector | undefined;
  readonly tellProved: (host: WorkerHost) => void;
  /** Has workers load what the sink of an output will need there. */
  readonly warm: (sink: Sink<never>) => void;
  readonly tellProgress: (write: WriteRecord, record: OutputRecord, isDue: boolean) => void;
}

export interface PoolEffects {
  readonly write: WriteEffects;
  readonly output: Omit<OutputEffects, 'writeMachine'>;
  /** Most writes so far that were begun and not prepared when one of them was given a worker. */
  readonly writesAtOnce: number;
  /** Called when an output's schema becomes known: resolves when the sink has accepted it. */
  checkSchema(record: OutputRecord, schema: Schema): Promise<void>;
}

export function createPoolEffects(options: EffectsOptions): PoolEffects {
  const { records, scheduler, budget, clock } = options;
  const reservations = new Map<string, Reservation>();
  const endings = new Map<string, () => void>();
  const commits = new Map<string, AbortController>();

  const recordOf = (outputId: string): OutputRecord => {
    const record = records.get(outputId);
    if (record !== undefined) return record;
    throw new TailraceError(`Output ${outputId} has ended.`, { code: 'CLOSED', operation: 'find output' });
  };
  const recordOfWrite = (writeId: string): OutputRecord | undefined =>
    records.get(writeId.slice(0, writeId.lastIndexOf('/')));
  const placeOf = (ref: WriteRef): AttemptPlace => {
    const attemptId = attemptIdOf(ref);
    const record = recordOf(ref.writeId.slice(0, ref.writeId.lastIndexOf('/')));
    const write = record.writes.get(ref.writeId);
    const host = scheduler.hostOf(attemptId);
    if (write !== undefined && host !== undefined) return { attemptId, record, write, host };
    throw new TailraceError(`Attempt ${attemptId} has no worker.`, {
      code: 'CLOSED',
      operation: 'find attempt',
    });
  };

  const release = (attemptId: string): void => {
    reservations.get(attemptId)?.release();
    reservations.delete(attemptId);
    scheduler.release(attemptId);
  };

  const ended = (place: AttemptPlace, outcome: AttemptOutcome): void => {
    place.record.running.delete(place.write);
    countEnded(place.record.numbers, place.write.index, outcome);
    if (outcome === 'prepared') {
      place.record.drop(place.write);
      options.tellProved(place.host);
    }
    release(place.attemptId);
    options.inspection?.end(place.attemptId);
    endings.get(place.attemptId)?.();
    endings.delete(place.attemptId);
  };

  const decisions = createDecisions(options);
  let writesAtOnce = 0;

  const definitionOf = async (record: OutputRecord): Promise<SinkDefinition> => {
    if (record.definition !== undefined) return record.definition;
    const loaded = await loadModule<SinkDefinition>(record.sink.module, 'sink');
    record.definition = record.around?.(loaded) ?? loaded;
    return record.definition;
  };
  const check = async (record: OutputRecord, schema: Schema): Promise<void> => {
    const names = schema.fields.map((field) => field.name);
    const missing = record.sink.requires.filter((name) => !names.includes(name));
    if (missing.length > 0 && names.length > 0) {
      throw new TailraceError(
        `Output ${record.name} needs the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}, but its rows have ` +
          `${names.join(', ')}.`,
        {
          code: 'SCHEMA_INVALID',
          operation: 'check schema',
          context: { output: record.name, missing: missing.join(', ') },
        },
      );
    }
    const definition = await definitionOf(record);
    await inSink(record, 'check the schema for', () =>
      definition.check?.({ ...infoOf(record), schema, staging: record.staging?.value }),
    );
  };

  const begin = async (record: OutputRecord, signal: AbortSignal): Promise<{ readonly skip: boolean }> => {
    const definition = await definitionOf(record);
    await beginInGroup(record, definition);
    if (record.schemaNow !== undefined) await check(record, record.schemaNow);
    const answer: unknown = await inSink(record, 'open', () =>
      definition.begin({ ...infoOf(record), schema: record.schemaNow, signal }),
    );
    const begun = checkedBegun(answer, definition.name);
    if (begun.skip) {
      if (record.group !== undefined) throw cannotSkip(record.group, record);
      return { skip: true };
    }
    record.staging = { value: begun.staging };
    await admitToGroup(record);
    // Asked of the module, since what stands around it belongs to the main thread.
    const { warm } = await loadModule<SinkDefinition>(record.sink.module, 'sink');
    if (warm !== undefined) options.warm(record.sink);
    return { skip: false };
  };

  /** A step of the commit that `interruptCommit` reaches. */
  const interruptible = async <T>(
    record: OutputRecord,
    signal: AbortSignal,
    act: (record: OutputRecord, signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const interrupt = new AbortController();
    commits.set(record.outputId, interrupt);
    const either = AbortSignal.any([signal, interrupt.signal]);
    try {
      return await inSink(record, 'commit', () => act(record, either));
    } finally {
      commits.delete(record.outputId);
    }
  };

  return {
    get writesAtOnce() {
      return writesAtOnce;
    },
    async checkSchema(record, schema) {
      await record.beginning;
      await check(record, schema);
    },
    output: {
      begin({ outputId }, signal) {
        const record = recordOf(outputId);
        const beginning = begin(record, signal);
        record.beginning = Promise.allSettled([beginning]);
        return beginning;
      },
      ...createGroupEffects({ records, recordOf, interruptible, clock }),
      commit: ({ outputId }, signal): Promise<Committed> =>
        interruptible(recordOf(outputId), signal, async (record, either) => {
          checkAccount(record);
          const definition = await definitionOf(record);
          await record.group?.turn(record.name, either);
          record.committed = await timed(record, clock, () =>
            definition.commit(commitContext(record, either)),
          );
          return record.committed;
        }),
      async verify({ outputId }, signal) {
        const record = recordOf(outputId);
        if (record.committed !== undefined) return record.committed;
        const definition = await definitionOf(record);
        const found = await inSink(record, 'verify', () =>
          definition.verify?.(commitContext(record, signal)),
        );
        record.committed ??= found;
        return record.committed;
      },
      async abort({ outputId }) {
        const record = recordOf(outputId);
        // Cancelled while it was being opened: what that leaves must be removed too.
        await record.beginning;
        const { staging, definition } = record;
        if (staging === undefined || definition === undefined) return;
        await inSink(record, 'abort', () => definition.abort({ ...infoOf(record), staging: staging.value }));
      },
      interruptCommit: ({ outputId }) =>
        commits.get(outputId)?.abort(
          new CancelledError('The output was cancelled while it committed.', {
            operation: 'commit output',
          }),
        ),
      graceMs: options.graceMs,
      decide: (outputId, error, attempt) => decisions.ofCommit(records.get(outputId), error, attempt),
      decidePause: (outputId, error, pause) => decisions.ofFullDisk(records.get(outputId), error, pause),
      removalMs: options.removalMs,
    },
    write: {
      async acquireWorker(ref, signal) {
        const attemptId = attemptIdOf(ref);
        const record = recordOf(ref.writeId.slice(0, ref.writeId.lastIndexOf('/')));
        await record.checked;
        signal.throwIfAborted();
        const write = record.writes.get(ref.writeId);
        const host = await scheduler.acquire(
          {
            attemptId,
            outputId: record.outputId,
            isolated: ref.isolated,
            aheadBytes: () => (write === undefined ? 0 : aheadBytes(record, write)),
          },
          signal,
        );
        // Cancelled between here and the machine's next step: the room would never be given back.
        signal.addEventListener('abort', () => {
          if (host.has(attemptId)) return;
          if (write !== undefined) record.running.delete(write);
          release(attemptId);
        });
        if (signal.aborted) {
          release(attemptId);
          signal.throwIfAborted();
        }
        reservations.set(attemptId, budget.reserve(record.sink.reserveBytes, 'encoder'));
        countBegun(record.numbers, write?.index, clock.now());
        if (ref.attempt === 1) decisions.begun(record);
        if (ref.attempt === 1) writesAtOnce = Math.max(writesAtOnce, unpreparedOf(records));
        if (write !== undefined) {
          record.running.add(write);
          record.paused.delete(write);
        }
      },
      attemptLogic: createAttemptLogic({
        placeOf,
        onStarted: (place, mirror) => options.inspection?.begin(place.attemptId, mirror) ?? false,
        onEnded: ended,
        onProgress: (place, isDue) => options.tellProgress(place.write, place.record, isDue),
        now: () => clock.now(),
      }),
      progress(writeId) {
        const write = recordOfWrite(writeId)?.writes.get(writeId);
        if (write === undefined) return { outstanding: 0, quietMs: 0 };
        return { outstanding: write.ledger.outstanding, quietMs: clock.now() - write.movedAt };
      },
      async abortAttempt(ref) {
        const attemptId = attemptIdOf(ref);
        const host = scheduler.hostOf(attemptId);
        if (host?.has(attemptId)) {
          const end = new Promise<void>((resolve) => {
            endings.set(attemptId, resolve);
          });
          host.cancelAttempt(attemptId);
          const answered = new AbortController();
          const grace = sleep(clock, options.graceMs, answered.signal).then(
            () => host.terminate(),
            () => {},
          );
          await end;
          answered.abort(new CancelledError('The attempt has answered.', { operation: 'abort attempt' }));
          await grace;
        }
        release(attemptId);
      },
      decide: (writeId, error, charged) => decisions.ofWrite(recordOfWrite(writeId), error, charged),
      decidePause(writeId, error, pause) {
        const record = recordOfWrite(writeId);
        const decision = decisions.ofFullDisk(record, error, pause);
        const write = record?.writes.get(writeId);
        if (decision?.wait === true && write !== undefined) record?.paused.add(write);
        return decision;
      },
    },
  };
}

/** Bytes of batches that a write's attempt has still to encode: for one that is not sealed yet, with those that may come. */
function aheadBytes({ sink, writeBytes }: OutputRecord, { ledger }: WriteRecord): number {
  if (ledger.sealed) return ledger.aheadBytes;
  return ledger.aheadBytes + (sink.single ? writeBytes : Math.max(0, writeBytes - ledger.bytes));
}
