// Owns the effects of one write in Spark: the request, what is told of it, the search for its mark, and its end.
import type { InspectSinkActor } from '@tailrace/core/sink';
import { createActor, toPromise } from 'xstate';
import { bounded } from '../client/releases.js';
import { SparkError } from '../client/spark-error.js';
import type { DataFrame, Row } from '../frame/data-frame.js';
import { type SaveMode, writePlan } from '../frame/writer.js';
import { planDoing } from '../protocol/command.js';
import { interruptTypes } from '../protocol/requests.js';
import { innerOf } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';
import { isMarkedAnew, type Mark, markAt } from './server-files.js';
import type { SparkTarget } from './spark-files.js';
import { createSparkWriteMachine, type SparkWriteEvent } from './spark-write.machine.js';

export interface SparkWriteRequest {
  readonly frame: DataFrame<Row>;
  readonly target: Pick<SparkTarget, 'path' | 'format' | 'partitionBy' | 'options'>;
  readonly mode: SaveMode;
  /** As the machine and the server's user interface name it: `daily/0#1`. */
  readonly writeId: string;
  /** A UUID. */
  readonly operationId: string;
  /** A session of its own, to look with when the one of the write may be lost. */
  connectAnew(signal: AbortSignal): Promise<SparkSession>;
  /** Shows the states of the write to whoever inspects its run. */
  readonly inspect?: InspectSinkActor | undefined;
}

export interface SparkWriteRun {
  /** Resolves when the write is complete; rejects with why it is not. */
  readonly completed: Promise<void>;
  /** Stops the write on the server. `completed` rejects then. */
  cancel(error: Error): void;
}

export function runSparkWrite(spark: SparkSession, request: SparkWriteRequest): SparkWriteRun {
  const { frame, target, mode, writeId, operationId, inspect } = request;
  const { path, format, partitionBy, options } = target;
  const { connection, engine } = innerOf(spark);
  const stopping = new AbortController();
  const { signal } = stopping;
  /** What marked the path as complete before: the mark of this write is another one. */
  let before: Mark = 'untold';
  const submit = async (sendBack: (event: SparkWriteEvent) => void): Promise<SparkWriteEvent> => {
    const saveType = { case: 'path', value: path } as const;
    const value = writePlan(frame.relation, { source: format, saveType }, { mode, partitionBy, options });
    const plan = planDoing({ case: 'writeOperation', value });
    try {
      const responses = engine.execute(plan, `write ${format} to ${path}`, {
        operationId,
        // A later attempt asks what became of this one.
        isKept: true,
        tags: [tagOf(writeId)],
        signal,
        onProgress: () => sendBack({ type: 'spark.attached' }),
        onEvent: ({ type }) => sendBack({ type: type === 'attached' ? 'spark.attached' : 'spark.cut' }),
      });
      for await (const _response of responses);
      return { type: 'spark.completed' };
    } catch (error) {
      const isLost = error instanceof SparkError && error.outcome === 'unknown';
      return { type: isLost ? 'spark.lost' : 'spark.failed', error };
    }
  };
  const machine = createSparkWriteMachine({
    execute: ({ sendBack }) => {
      const write = async (): Promise<SparkWriteEvent> => {
        try {
          before = await markAt(spark, path, { signal });
        } catch (error) {
          // Nothing was asked for yet, so there is nothing to look for, whatever became of the look.
          return { type: 'spark.failed', error: error instanceof SparkError ? notBegun(error) : error };
        }
        return submit(sendBack);
      };
      void write().then(sendBack);
    },
    verify: async (looking) => {
      const fresh = await request.connectAnew(looking);
      try {
        // An overwrite removes the old mark first: none there is never a sign that it is done.
        return await isMarkedAnew(fresh, path, before, { signal: looking });
      } finally {
        await fresh.close({ signal: looking });
      }
    },
    // Aborting interrupts the execution; this only makes sure of one whose stream was cut. The actor's grace is five seconds.
    interrupt: async () => {
      stopping.abort();
      const interrupt = { case: 'operationId', value: operationId } as const;
      const what = { interruptType: interruptTypes.operationId, interrupt };
      await connection.unary('Interrupt', what, 'interrupt a write', bounded);
    },
  });
  const actor = createActor(machine, {
    id: `spark/${writeId}`,
    input: { writeId },
    ...(inspect === undefined ? {} : { inspect }),
  });
  const ended = toPromise(actor);
  actor.start();
  return {
    completed: ended.then(({ error }) => {
      if (error !== undefined) throw error;
    }),
    cancel: (error) => actor.send({ type: 'write.cancel', error }),
  };
}

/** Tags hold no commas, names of outputs may. */
const tagOf = (writeId: string): string => `tailrace/${writeId.replaceAll(',', '%2C')}`;

function notBegun(error: SparkError): SparkError {
  const { message, operation } = error;
  return new SparkError(message, { ...error, operation, outcome: 'failed', cause: error });
}
