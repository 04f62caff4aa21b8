// Owns the actor that stands on the main thread for an attempt in a worker: starts it there, passes the batches on, and
// moves its mirror with every message. It ends as the attempt ends.
import type { AnyActorRef } from 'xstate';
import { type PlainError, toPlainError } from '../errors/plain-error.js';
import {
  type AttemptLogic,
  type AttemptMirrorEvent,
  attemptChart,
  initialMirror,
  moveMirror,
} from '../output/attempt-mirror.js';
import { cancelledAttempt } from '../output/cancelled-attempt.js';
import type { WriteRef } from '../output/write-ref.js';
import type { Prepared } from '../sink/sink.js';
import type { OutputRecord, WriteRecord } from './output-record.js';
import type { WorkerHost } from './worker-host.js';

/** An attempt as the pool knows it. */
export interface AttemptPlace {
  readonly attemptId: string;
  readonly record: OutputRecord;
  readonly write: WriteRecord;
  readonly host: WorkerHost;
}

export type AttemptOutcome = 'prepared' | 'failed' | 'aborted' | 'lost';

export interface AttemptLogicOptions {
  /** Finds the attempt of a write that has been given a worker. */
  readonly placeOf: (ref: WriteRef) => AttemptPlace;
  /** Answers whether its thread is to tell inspectors of what goes on in it. */
  readonly onStarted: (place: AttemptPlace, mirror: AnyActorRef) => boolean;
  /** Called when a worker has ended an attempt, in whatever way, before the mirror ends. */
  readonly onEnded: (place: AttemptPlace, outcome: AttemptOutcome) => void;
  /**
   * Called when a batch was given or taken.
   * @param isDue whether it was long ago that this was told: a write that is not stalled need not hear of it otherwise
   */
  readonly onProgress: (place: AttemptPlace, isDue: boolean) => void;
  /** Milliseconds of the pool's clock. */
  readonly now: () => number;
}

/** Milliseconds between two moments at which actors are told how far an attempt has come. */
const tellEveryMs = 100;

export const attemptIdOf = (ref: WriteRef): string => `${ref.writeId}#${ref.attempt}`;

/** Refuses what a sink says it has prepared when rows are missing. */
function mismatch(place: AttemptPlace, prepared: Prepared): PlainError | undefined {
  if (prepared.rows === place.write.ledger.rows) return undefined;
  const { rows } = place.write.ledger;
  return {
    code: 'ENCODE_MISMATCH',
    status: 'permanent',
    operation: 'prepare write',
    message:
      `The sink of output ${place.record.name} reports ${prepared.rows} rows for write ${place.write.index}, but ${rows} ` +
      `were sent. Nothing of it is published; this is a bug in the sink or its format.`,
    context: { output: place.record.name, write: place.write.index, sent: rows, prepared: prepared.rows },
    causes: [],
  };
}

export function createAttemptLogic(
  options: AttemptLogicOptions,
): AttemptLogic & { readonly config: unknown } {
  return {
    // Inspectors read the chart from here, as they do for a machine.
    config: attemptChart,
    getInitialSnapshot: (_scope, input) => {
      const place = options.placeOf(input);
      return initialMirror(place.attemptId, place.host.name, input);
    },
    getPersistedSnapshot: (snapshot) => snapshot,
    transition: (snapshot, event) => moveMirror(snapshot, event),
    start: (snapshot, { self }) => {
      const place = options.placeOf(snapshot.context.write);
      const { attemptId, record, write, host } = place;
      // A mirror that was stopped (timeout, cancel) is not moved any more; its worker may still answer.
      const alive = (): boolean => self.getSnapshot().status === 'active';
      const tell = (event: AttemptMirrorEvent): void => {
        if (alive()) self.send(event);
      };
      // Actors cost more than batches do: what has moved is told now and then.
      let takenBatches = 0;
      let takenRows = 0;
      let toldAt = Number.NEGATIVE_INFINITY;
      let isOver = false;
      const tellTaken = (): void => {
        if (takenBatches > 0) tell({ type: 'attempt.consumed', batches: takenBatches, rows: takenRows });
        takenBatches = 0;
        takenRows = 0;
      };
      const progressed = (): void => {
        const isDue = write.movedAt - toldAt >= tellEveryMs;
        if (isDue) {
          toldAt = write.movedAt;
          tellTaken();
        }
        options.onProgress(place, isDue);
      };
      let countedMs = 0;
      const count = (busyMs: number): void => {
        record.numbers.busyMs += busyMs;
        countedMs += busyMs;
      };
      /** @param busyMs as its worker says; of one that does not, what it has taken counts */
      const end = (outcome: AttemptOutcome, busyMs = countedMs, error?: PlainError): void => {
        isOver = true;
        write.ledger.detach();
        tellTaken();
        count(busyMs - countedMs);
        options.onEnded(place, outcome);
        tell(error === undefined ? { type: 'attempt.prepared' } : { type: 'attempt.failed', error });
      };
      const { staging, schemaNow: schema } = record;
      if (staging === undefined || schema === undefined) {
        // The write machine asks for a worker only after both are there.
        const error = toPlainError(new Error(`Output ${record.name} has no target or schema yet.`), {
          code: 'SINK_FAILED',
          operation: 'start attempt',
        });
        end('failed', undefined, error);
        return;
      }
      const inspect = options.onStarted(place, self);
      const hunger = createHunger(options.now);
      const tellHunger = (): void => {
        const { outstanding, sealed } = write.ledger;
        const isStarved = outstanding === 0 && !sealed;
        if (!inspect || isStarved === hunger.isStarved) return;
        tell(isStarved ? { type: 'attempt.starved', ms: hunger.starve() } : { type: 'attempt.fed' });
        if (!isStarved) hunger.feed();
      };
      host.startAttempt(
        {
          attemptId,
          output: record.name,
          runId: record.runId,
          write: write.index,
          attempt: snapshot.context.write.attempt,
          schema,
          sink: record.sink.module,
          staging: staging.value,
          inspect,
        },
        {
          moved: (message) => {
            // While it is opened, batches wait for it.
            if (message.state === 'encoding' && !hunger.isStarved) hunger.feed();
            tell({ type: 'attempt.moved', state: message.state });
          },
          consumed: (message) => {
            write.movedAt = options.now();
            count(message.busyMs);
            hunger.eat(message.busyMs);
            write.ledger.consumed(message.seq, message.freed);
            takenBatches += 1;
            takenRows += message.rows;
            tellHunger();
            progressed();
          },
          freed: (seq) => write.ledger.freed(seq),
          prepared: (prepared, busyMs) => {
            const error = mismatch(place, prepared);
            if (error !== undefined) {
              end('failed', busyMs, error);
              return;
            }
            // Given up while this answer was under way: the write is tried again, and needs its batches for that.
            const counts = alive();
            if (counts) record.preparedWrites.set(write.index, prepared);
            end(counts ? 'prepared' : 'aborted', busyMs);
          },
          failed: (error, busyMs) => end('failed', busyMs, error),
          aborted: () => end('aborted', undefined, cancelledAttempt(attemptId)),
          lost: (error) =>
            end('lost', undefined, {
              ...error,
              message: `${error.message} It was running ${attemptId}.`,
              context: { ...error.context, attemptId, output: record.name },
            }),
        },
      );
      // The worker was gone already.
      if (isOver) return;
      write.movedAt = options.now();
      write.ledger.attach({
        batch: (seq, batch) => {
          write.movedAt = options.now();
          host.sendBatch(attemptId, seq, batch);
          tellHunger();
          progressed();
        },
        sealed: () => {
          host.sealAttempt(attemptId);
          tellHunger();
        },
      });
      tellHunger();
    },
  };
}

/**
 * Since when an attempt has had nothing to do. The main thread hears of it late while it computes: what the worker says of the
 * time that its batches have taken is nearer.
 */
function createHunger(now: () => number): {
  readonly isStarved: boolean;
  /** It has something to do from now on. */
  feed(): void;
  eat(busyMs: number): void;
  /** It has nothing to do any more; returns for how many milliseconds already. */
  starve(): number;
} {
  let isStarved = false;
  let fedAt = now();
  let eatenMs = 0;
  return {
    get isStarved() {
      return isStarved;
    },
    feed() {
      isStarved = false;
      fedAt = now();
      eatenMs = 0;
    },
    eat(busyMs) {
      eatenMs += busyMs;
    },
    starve() {
      isStarved = true;
      return Math.max(0, now() - fedAt - eatenMs);
    },
  };
}
