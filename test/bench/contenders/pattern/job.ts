// Owns the job of `pattern`: one CPU-bound stage whose rows go to several outputs, as a whole and in its halves.
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  fromChunks,
  type Materialised,
  type MaterialiseOptions,
  type Memory,
  materialise,
  type Pool,
  pipeline,
  type Sink,
  toBatches,
} from '@tailrace/core';
import { parquet } from '@tailrace/writers';
import { count, map, type Observable, type OperatorFunction, Subject } from 'rxjs';
import { numberChunks, type Reading, reading, readingSchema } from '../../data/readings.js';
import type { Job } from './contest.js';

/** The same limit in every process: nothing is spilled, nobody waits for memory. */
export const memoryBytes = 512 * 2 ** 20;

/** The event loop is given a turn after this long, as a run does it. */
const turnMs = 5;

const simulated = (work: number): OperatorFunction<number, Reading> => map((id) => reading(id, work));

const sinkOf = ({ folder }: Job, output: number): Sink<Reading> =>
  parquet<Reading>(`${folder}/output-${output}`);

/** Batches of exactly so many rows, whatever their bytes. */
const batchesOf = ({ batchRows }: Job, memory: Memory): MaterialiseOptions<Reading> => ({
  schema: readingSchema,
  batchRows,
  batchBytes: 2 ** 30,
  memory,
});

/** The stage and its columns, each let go as soon as it is full. */
export async function computeAlone(job: Job, memory: Memory): Promise<void> {
  await subscribed(job.rows, (ids) =>
    ids.pipe(simulated(job.work), toBatches(batchesOf(job, memory)), count()),
  );
}

/** The stage without columns: its rows are only counted. */
export async function stageAlone(job: Job): Promise<void> {
  await subscribed(job.rows, (ids) => ids.pipe(simulated(job.work), count()));
}

/** The rows of the stage, computed once and held. */
export function heldData(job: Job, memory: Memory): Promise<Materialised<Reading>> {
  return materialised(job, memory, 'complete');
}

/** Submits every output and waits until all are committed. */
export async function writeAll(job: Job, pool: Pool, data: Materialised<Reading>): Promise<void> {
  const handles = Array.from({ length: job.outputs }, (_, at) => pool.submit(data, sinkOf(job, at)));
  await Promise.all(handles.map(({ done }) => done));
}

/** Computes, then writes; on a pool without workers that is a program that knows no background. */
export async function inline(job: Job, pool: Pool): Promise<void> {
  const data = await materialised(job, pool.memory, 'complete');
  await writeAll(job, pool, data);
  data.release();
}

/** Submits what is still being computed: the pool writes batch after batch while the stage goes on. */
export async function inBackground(job: Job, pool: Pool): Promise<void> {
  const data = await materialised(job, pool.memory, 'first');
  await writeAll(job, pool, data);
  data.release();
}

/** The same declared as a pipeline, with a pool of its own. */
export async function runPipeline(job: Job, workers: number | undefined, memory: Memory): Promise<void> {
  const source = fromChunks(async function* () {
    yield* numberChunks(job.rows);
  });
  const { batchRows, batchBytes, schema } = batchesOf(job, memory);
  const declared = pipeline('pattern', (flow) => {
    const ids = flow.source('ids', source);
    const readings = flow.stage('readings', ids, simulated(job.work), { schema, batchRows, batchBytes });
    for (let at = 0; at < job.outputs; at += 1) flow.write(`output-${at}`, readings, sinkOf(job, at));
  });
  await declared.run({ workers, memory }).completed;
}

function materialised(job: Job, memory: Memory, until: 'first' | 'complete'): Promise<Materialised<Reading>> {
  return subscribed(job.rows, (ids) =>
    ids.pipe(simulated(job.work), materialise({ ...batchesOf(job, memory), until })),
  );
}

/** The first value of what `consume` makes of the numbers, which come in turns. */
function subscribed<T>(rows: number, consume: (ids: Subject<number>) => Observable<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const ids = new Subject<number>();
    consume(ids).subscribe({ next: resolve, error: reject });
    emit(ids, rows).catch(reject);
  });
}

async function emit(ids: Subject<number>, rows: number): Promise<void> {
  let since = performance.now();
  for (const chunk of numberChunks(rows)) {
    for (const id of chunk) ids.next(id);
    if (performance.now() - since < turnMs) continue;
    await nextTurn();
    since = performance.now();
  }
  ids.complete();
}
