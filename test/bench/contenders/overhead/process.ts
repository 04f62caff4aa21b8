// Owns the process of `overhead`: all tasks run in it, so that they share compiled code.
import { writeFile } from 'node:fs/promises';
import {
  createMemory,
  createPool,
  customSink,
  fromChunks,
  type Inspector,
  materialise,
  pipeline,
} from '@tailrace/core';
import { csv } from '@tailrace/writers';
import { count, firstValueFrom, from, lastValueFrom, toArray } from 'rxjs';
import { numberChunks, type Reading, readingSchema } from '../../data/readings.js';
import type { OpenContender } from '../../harness/contender.js';
import { inspections, mainThread, type Task } from './contest.js';
import { mainThreadMs } from './main-thread.js';
import { meanByRegion, type RegionMean, readingsOf, regionMeanSchema } from './summary.js';

const nullSink = customSink<Reading>(new URL('./null-sink.js', import.meta.url));

const idsOf = (rows: number) =>
  fromChunks(async function* () {
    yield* numberChunks(rows);
  });

function* eachId(rows: number): Generator<number> {
  for (let id = 0; id < rows; id += 1) yield id;
}

export const open: OpenContender<undefined, Task> = async () => {
  let inspected = 0;
  const inspect: Inspector = () => {
    inspected += 1;
  };
  const memory = createMemory({ limitBytes: 256 * 2 ** 20 });
  const pool = createPool({ memory });
  const few = await firstValueFrom(
    from(eachId(100)).pipe(readingsOf(0), materialise<Reading>({ schema: readingSchema, memory })),
  );

  async function perform(task: Task): Promise<void> {
    switch (task.kind) {
      case 'rxjs': {
        const means = await lastValueFrom(
          from(eachId(task.rows)).pipe(readingsOf(task.work), meanByRegion, toArray()),
        );
        await writeFile(`${task.folder}/means.csv`, textOf(means));
        return;
      }
      case 'tailrace':
      case 'written': {
        const declared = pipeline('overhead', (flow) => {
          const ids = flow.source('ids', idsOf(task.rows));
          const readings = flow.stage('readings', ids, readingsOf(task.work), { schema: readingSchema });
          const means = flow.stage('means', readings, meanByRegion, { schema: regionMeanSchema });
          flow.write('means', means, csv(`${task.folder}/means.csv`, { mode: 'overwrite' }));
          if (task.kind === 'written') flow.write('readings', readings, nullSink);
        });
        const observed = task.kind === 'written' && task.inspected ? { inspect } : {};
        await declared.run({ memory, ...observed }).completed;
        return;
      }
      case 'rows': {
        const { rows, batchRows, writeRows } = task;
        const declared = pipeline('rows', (flow) => {
          const ids = flow.source('ids', idsOf(rows));
          const readings = flow.stage('readings', ids, readingsOf(0), { schema: readingSchema, batchRows });
          flow.write('readings', readings, nullSink, { writeRows });
        });
        await declared.run({ memory }).completed;
        return;
      }
      case 'plain rows':
        await lastValueFrom(from(eachId(task.rows)).pipe(readingsOf(0), count()));
        return;
      case 'submissions':
        await Promise.all(Array.from({ length: task.outputs }, () => pool.submit(few, nullSink).done));
    }
  }

  return {
    async round(task, watch) {
      inspected = 0;
      const before = mainThreadMs();
      watch.start();
      await perform(task);
      watch.stop();
      return { [mainThread]: mainThreadMs() - before, [inspections]: inspected };
    },
    async close() {
      few.release();
      await pool.drain();
    },
  };
};

function textOf(means: readonly RegionMean[]): string {
  const lines = means.map(({ region, count: rows, mean }) => `${region},${rows},${mean}\n`);
  return `region,count,mean\n${lines.join('')}`;
}
