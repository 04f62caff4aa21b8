// Owns what an attempt does: opens the sink's writer, feeds it batch by batch, prepares or aborts it, and measures how
// long the thread was at work. The order of these steps is the attempt machine's business.
import { setMaxListeners } from 'node:events';
import { type BatchData, createBatch } from '../batch/batch.js';
import { CancelledError } from '../errors/named-errors.js';
import { type PlainError, toPlainError } from '../errors/plain-error.js';
import { toTailraceError } from '../errors/tailrace-error.js';
import type { AttemptEffects } from '../output/attempt.machine.js';
import { checkedPrepared, checkedWriter } from '../sink/check-answer.js';
import { loadModule } from '../sink/load.js';
import type { InspectSinkActor, Prepared, SinkDefinition, SinkWriter } from '../sink/sink.js';
import type { AttemptSpec } from '../wire/messages.js';
import type { AttemptQueue } from './attempt-queue.js';

export interface AttemptRun {
  readonly effects: AttemptEffects;
  /** Set once `flush` has resolved. */
  readonly prepared: Prepared | undefined;
  /** Milliseconds spent in the sink's own calls. */
  readonly busyMs: number;
}

export interface AttemptRunOptions {
  readonly spec: AttemptSpec;
  readonly queue: AttemptQueue;
  /** Tells inspectors of the sink's own actors. */
  readonly inspect: InspectSinkActor | undefined;
  readonly now: () => number;
  /** Lets messages in between two batches. */
  readonly yield: () => Promise<void>;
  /** Reads a batch that waits in scratch storage. */
  readonly readSpilled: (path: string) => Promise<BatchData>;
  readonly consumed: (seq: number, rows: number, busyMs: number, isFree: boolean) => void;
  /** A batch that was retained beyond `write` has been released. */
  readonly freed: (seq: number) => void;
}

export function createAttemptRun({
  spec,
  queue,
  inspect,
  now,
  yield: pause,
  readSpilled,
  consumed,
  freed,
}: AttemptRunOptions): AttemptRun {
  let sinkName = '';
  let writer: SinkWriter | undefined;
  let prepared: Prepared | undefined;
  let busyMs = 0;
  let current: Promise<unknown> | undefined;
  // One signal for the sink's whole life: XState gives each invoked effect a signal of its own.
  const life = new AbortController();
  // Every open part and encoder of the attempt listens; Node would take more than ten for a leak.
  setMaxListeners(0, life.signal);

  const where = `${spec.output}, write ${spec.write}, attempt ${spec.attempt}`;
  const inSink = async <T>(operation: string, call: () => T | Promise<T>): Promise<T> => {
    const start = now();
    try {
      const calling = Promise.resolve(call());
      current = calling;
      return await calling;
    } catch (error) {
      throw toTailraceError(error, `The sink of output ${where} failed to ${operation}`, {
        code: 'SINK_FAILED',
        operation,
        context: { output: spec.output, write: spec.write, attempt: spec.attempt },
      });
    } finally {
      busyMs += now() - start;
    }
  };

  const effects: AttemptEffects = {
    async open(signal) {
      await inSink('open', async () => {
        const sink = await loadModule<SinkDefinition>(spec.sink, 'sink');
        sinkName = sink.name;
        const { runId, output, schema, write, attempt, staging } = spec;
        const { options } = spec.sink;
        // Kept even when the attempt was cancelled meanwhile, so that abort() finds it.
        const answer: unknown = await sink.open({
          runId,
          output,
          schema,
          write,
          attempt,
          staging,
          options,
          signal: life.signal,
          inspect,
        });
        writer = checkedWriter(answer, sinkName);
      });
      signal.throwIfAborted();
    },
    async encode(signal) {
      for (;;) {
        const next = await queue.next(signal);
        if (next === undefined) return;
        const start = now();
        const data =
          'data' in next.batch
            ? { ...next.batch.data, schema: spec.schema }
            : await readSpilled(next.batch.spilled.path);
        signal.throwIfAborted();
        const { seq } = next;
        let isFree = false;
        let isTold = false;
        // A sink that retains the batch reads it later: until its last release the memory is not used again.
        const batch = createBatch(data, () => {
          isFree = true;
          if (isTold) freed(seq);
        });
        await inSink('write', () => writer?.write(batch));
        batch.release();
        signal.throwIfAborted();
        isTold = true;
        consumed(seq, data.rows, now() - start, isFree);
        await pause();
      }
    },
    async flush(signal) {
      const result = await inSink('prepare', async () => checkedPrepared(await writer?.prepare(), sinkName));
      signal.throwIfAborted();
      prepared = result;
    },
    async abort() {
      life.abort(new CancelledError(`The attempt of ${where} was given up.`, { operation: 'abort attempt' }));
      // The sink is promised one call at a time: wait for the one under way, whose outcome no longer matters.
      await Promise.allSettled([current]);
      await writer?.abort();
    },
    describeError: (error): PlainError =>
      toPlainError(error, { code: 'SINK_FAILED', operation: 'run attempt' }),
  };

  return {
    effects,
    get prepared() {
      return prepared;
    },
    get busyMs() {
      return busyMs;
    },
  };
}
