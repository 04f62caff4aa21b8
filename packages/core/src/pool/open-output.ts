// Owns the life of one output in a pool: makes its record, starts its actor, follows it to its end.
import type { ActorRefFrom, SnapshotFrom } from 'xstate';
import type { Schema } from '../batch/schema.js';
import { CancelledError } from '../errors/named-errors.js';
import { fromPlainError, type PlainError, toPlainError } from '../errors/plain-error.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { Memory } from '../materialise/memory.js';
import type { OutputMachine } from '../output/output.machine.js';
import type { OutputInput } from '../output/output-events.js';
import type { Clock } from '../time/clock.js';
import { deferred } from './deferred.js';
import { createOutputRecord, type OutputRecord, type OutputSettings } from './output-record.js';

export type OutputActor = ActorRefFrom<OutputMachine>;

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
  /** Resolves when the output has ended, however; never rejects. */
  readonly ended: Promise<OutputEnd>;
  snapshot(): SnapshotFrom<OutputMachine>;
  cancel(reason: string): void;
  fail(error: PlainError): void;
}

export interface OpenOutputOptions {
  readonly outputId: string;
  readonly settings: OutputSettings;
  readonly memory: Memory;
  readonly clock: Clock;
  /** Starts the actor; undefined when the pool takes no more. */
  readonly start: (input: OutputInput) => OutputActor | undefined;
  /** Resolves when the sink accepts the schema. */
  readonly checkSchema: (record: OutputRecord, schema: Schema) => Promise<void>;
  /** Called before the actor starts, and when the output has ended. */
  readonly register: (record: OutputRecord) => void;
  readonly unregister: (record: OutputRecord) => void;
}

export function openOutput(options: OpenOutputOptions): OpenOutput {
  const { outputId, settings, clock } = options;
  let actor: OutputActor | undefined;
  const record = createOutputRecord({
    outputId,
    settings,
    memory: options.memory,
    now: () => clock.now(),
    send: (event) => actor?.send(event),
    onSchema: (schema) => {
      const checked = options.checkSchema(record, schema);
      record.checked = checked;
      checked.catch((error: unknown) => fail(plain(error, 'SCHEMA_INVALID', 'check schema')));
    },
  });
  const begun = deferred<void>();
  const ended = deferred<OutputEnd>();
  const fail = (error: PlainError): void => actor?.send({ type: 'output.failed', error });

  const close = (): void => {
    options.unregister(record);
    record.close();
  };
  const finish = (snapshot: SnapshotFrom<OutputMachine>, error: PlainError | undefined): void => {
    record.numbers.settledAt = clock.now();
    close();
    const state = snapshot.matches('done') ? 'done' : snapshot.matches('cancelled') ? 'cancelled' : 'failed';
    ended.resolve({ record, state, skipped: snapshot.context.skipped, error });
  };

  options.register(record);
  actor = options.start({ outputId, name: settings.name, target: settings.sink.target });
  if (actor === undefined) {
    close();
    throw new TailraceError(`The pool takes no more outputs; ${settings.name} came too late.`, {
      code: 'CLOSED',
      operation: 'open output',
      context: { output: settings.name },
    });
  }
  let last = actor.getSnapshot();
  const follow = (snapshot: SnapshotFrom<OutputMachine>): void => {
    last = snapshot;
    if (snapshot.matches('queued')) return;
    if (snapshot.matches('active')) record.advance(snapshot.context.prepared);
    else record.stopFeed();
    begun.resolve();
    if (snapshot.status === 'done') finish(snapshot, snapshot.context.error);
  };
  actor.subscribe({
    next: follow,
    error: (error) => {
      // A bug in the machine itself; the output must still end.
      record.stopFeed();
      begun.resolve();
      finish(last, plain(error, 'SINK_FAILED', 'run output'));
    },
  });
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
      actor?.send({ type: 'output.cancel', error: plain(error, 'CANCELLED', 'run output') });
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
