// Owns the life of one output in a pool: makes its record, starts its actor, follows it to its end.
import type { ActorRefFrom, SnapshotFrom } from 'xstate';
import type { Schema } from '../batch/schema.js';
import { CancelledError } from '../errors/named-errors.js';
import { fromPlainError, type PlainError, toPlainError } from '../errors/plain-error.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import type { Memory } from '../materialise/memory.js';
import type { OutputMachine } from '../output/output.machine.js';
import type { OutputEvent, OutputInput } from '../output/output-events.js';
import type { Clock } from '../time/clock.js';
import { deferred } from './deferred.js';
import { createOutputRecord, type OutputRecord, type OutputSettings } from './output-record.js';

export type OutputActor = ActorRefFrom<OutputMachine>;

/** How an output ended, with its numbers. */
export interface OutputEnd {
  readonly record: OutputRecord;
  readonly state: 'done' | 'failed' | 'cancelled';
  readonly skipped: boolean;
  /** What its sink said of the commit. */
  readonly notes: readonly string[];
  readonly error: PlainError | undefined;
}

export interface OpenOutput {
  readonly record: OutputRecord;
  /** Resolves when the target is open (or the output has ended); never rejects. */
  readonly begun: Promise<void>;
  /** Resolves when the output has ended, however; never rejects. */
  readonly ended: Promise<OutputEnd>;
  /** Undefined until it has an actor, a moment after it was opened at most. */
  snapshot(): SnapshotFrom<OutputMachine> | undefined;
  cancel(reason: string): void;
  fail(error: PlainError): void;
}

export interface OpenOutputOptions {
  readonly outputId: string;
  readonly settings: OutputSettings;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly maxLiveWrites: () => number;
  /** Has the pool start the actor. Throws when it takes no more. */
  readonly submit: (input: OutputInput) => void;
  readonly find: () => OutputActor | undefined;
  /** Resolves when the sink accepts the schema. */
  readonly checkSchema: (record: OutputRecord, schema: Schema) => Promise<void>;
  /** Called before the actor starts, and when the output has ended. */
  readonly register: (record: OutputRecord) => void;
  readonly unregister: (record: OutputRecord) => void;
}

export function openOutput(options: OpenOutputOptions): OpenOutput {
  const { outputId, settings, clock } = options;
  let actor: OutputActor | undefined;
  let last: SnapshotFrom<OutputMachine> | undefined;
  const early: OutputEvent[] = [];
  const send = (event: OutputEvent): void => {
    if (actor === undefined) early.push(event);
    else if (actor.getSnapshot().status === 'active') actor.send(event);
  };
  const record = createOutputRecord({
    outputId,
    settings,
    memory: options.memory,
    now: () => clock.now(),
    maxLiveWrites: options.maxLiveWrites,
    send,
    onSchema: (schema) => {
      const checked = options.checkSchema(record, schema);
      record.checked = checked;
      checked.catch((error: unknown) => fail(plain(error, 'SCHEMA_INVALID', 'check schema')));
    },
  });
  const begun = deferred<void>();
  const ended = deferred<OutputEnd>();
  const fail = (error: PlainError): void => send({ type: 'output.failed', error });

  const close = (): void => {
    options.unregister(record);
    record.close();
  };
  let isOver = false;
  const finish = (state: OutputEnd['state'], error: PlainError | undefined): void => {
    if (isOver) return;
    isOver = true;
    record.numbers.settledAt = clock.now();
    record.stopFeed();
    close();
    begun.resolve();
    settings.group?.ended(settings.name, state === 'done', error);
    const { skipped = false, committed } = last?.context ?? {};
    ended.resolve({ record, state, skipped, notes: committed?.notes ?? [], error });
  };
  const follow = (snapshot: SnapshotFrom<OutputMachine>): void => {
    last = snapshot;
    if (snapshot.matches('queued')) return;
    if (snapshot.matches('active')) record.advance(snapshot.context.prepared);
    else record.stopFeed();
    begun.resolve();
    if (snapshot.status !== 'done') return;
    const state = snapshot.matches('done') ? 'done' : snapshot.matches('cancelled') ? 'cancelled' : 'failed';
    finish(state, snapshot.context.error);
  };
  const noPool = (): PlainError =>
    plain(new Error(`The pool ended before output ${settings.name} did.`), 'POOL_BROKEN', 'run output');
  const attach = (found: OutputActor): void => {
    actor = found;
    last = found.getSnapshot();
    found.subscribe({
      next: follow,
      error(error) {
        // A bug in the machine itself: the output must still end, and its writes have nobody else who would end them.
        const left = last;
        for (const id of left?.context.live ?? []) left?.children[id]?.send({ type: 'write.cancel' });
        finish('failed', plain(error, 'SINK_FAILED', 'run output'));
      },
      // After its own end nothing is left to do; stopped with the pool, it has had none.
      complete: () => {
        if (!isOver) finish('failed', noPool());
      },
    });
    for (const event of early.splice(0)) found.send(event);
  };

  options.register(record);
  settings.group?.enter(settings.name, fail);
  try {
    options.submit({
      outputId,
      name: settings.name,
      target: settings.sink.target,
      group: settings.group?.name,
    });
  } catch (error) {
    close();
    throw error;
  }
  const found = options.find();
  if (found !== undefined) attach(found);
  else {
    // Opened by a listener of the pool's own actor, which starts it when the listener has returned.
    queueMicrotask(() => {
      const started = options.find();
      if (started !== undefined) attach(started);
      else finish('failed', noPool());
    });
  }
  return {
    record,
    begun: begun.promise,
    ended: ended.promise,
    snapshot: () => last,
    cancel(reason) {
      const error = new CancelledError(reason, {
        operation: 'run output',
        context: { output: settings.name },
      });
      send({ type: 'output.cancel', error: plain(error, 'CANCELLED', 'run output') });
    },
    fail,
  };
}

const plain = (error: unknown, code: PlainError['code'], operation: string): PlainError =>
  toPlainError(error, { code, operation });

/** The error a caller gets for an output that did not end well. */
export function errorOf(end: OutputEnd): TailraceError {
  const { record, error } = end;
  if (error !== undefined) return fromPlainError(error);
  return new CancelledError(`Output ${record.name} was cancelled.`, {
    operation: 'write output',
    context: { output: record.name },
  });
}
