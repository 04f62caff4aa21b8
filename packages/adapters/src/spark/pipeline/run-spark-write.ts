// Owns the effects of one write in Spark: the request, what is told of it, the search for its mark, and its end.
import { randomUUID } from 'node:crypto';
import { createActor, toPromise } from 'xstate';
import { SparkError } from '../client/spark-error.js';
import type { DataFrame, Row } from '../frame/data-frame.js';
import type { SaveMode } from '../frame/writer.js';
import type { SparkSession } from '../session/session.js';
import { completedAt } from './server-files.js';
import type { SparkTarget } from './spark-files.js';
import { createSparkWriteMachine, type SparkWriteEvent } from './spark-write.machine.js';

export interface SparkWriteRun {
  /** Resolves when the write is complete; rejects with why it is not. */
  readonly completed: Promise<void>;
  /** Stops the write on the server. `completed` rejects then. */
  cancel(error: Error): void;
}

/** @param writeId as the machine and the server's user interface name it */
export function runSparkWrite(
  spark: SparkSession,
  frame: DataFrame<Row>,
  { path, format, partitionBy, options }: SparkTarget,
  mode: SaveMode,
  writeId: string,
): SparkWriteRun {
  const operationId = randomUUID();
  const stopping = new AbortController();
  /** When what stood there before was complete: the mark of this write is another one. */
  let before: bigint | undefined;
  const machine = createSparkWriteMachine({
    execute: ({ sendBack }) => {
      const write = async (): Promise<SparkWriteEvent> => {
        try {
          before = await completedAt(spark, path, { signal: stopping.signal });
          await frame.write.save(format, path, {
            mode,
            partitionBy,
            options,
            operationId,
            tags: [`tailrace/${writeId}`],
            signal: stopping.signal,
            onProgress: () => sendBack({ type: 'spark.attached' }),
            onEvent: ({ type }) => sendBack({ type: type === 'attached' ? 'spark.attached' : 'spark.cut' }),
          });
          return { type: 'spark.completed' };
        } catch (error) {
          const isLost = error instanceof SparkError && error.outcome === 'unknown';
          return { type: isLost ? 'spark.lost' : 'spark.failed', error };
        }
      };
      void write().then(sendBack);
    },
    verify: async (signal) => (await completedAt(spark, path, { signal })) !== before,
    // Aborting interrupts the execution; this only makes sure of one whose stream was cut.
    interrupt: async () => {
      stopping.abort();
      await spark.interrupt({ operationId });
    },
  });
  const actor = createActor(machine, { id: `spark/${writeId}`, input: { writeId } });
  const ended = toPromise(actor);
  actor.start();
  return {
    completed: ended.then(({ error }) => {
      if (error !== undefined) throw error;
    }),
    cancel: (error) => actor.send({ type: 'write.cancel', error }),
  };
}
