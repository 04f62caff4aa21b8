// Owns the process of `scale`: one dimension at one size per round.
import { rm } from 'node:fs/promises';
import {
  createMemory,
  createPool,
  customSink,
  defineSchema,
  type Flow,
  float64,
  fromChunks,
  int32,
  type Memory,
  materialise,
  pipeline,
  type Stage,
  type StageOptions,
  utf8,
} from '@tailrace/core';
import { csv, parquet } from '@tailrace/writers';
import { firstValueFrom, from, identity, map } from 'rxjs';
import { numberChunks, reading } from '../../data/readings.js';
import type { OpenContender } from '../../harness/contender.js';
import { type Dimension, outputRows, type Point, partitionRows, stageRows, writeRows } from './contest.js';

interface Row {
  readonly id: number;
  readonly value: number;
  readonly region: string;
}
const schema = defineSchema({ id: int32(), value: float64(), region: utf8() });

function rowOf(id: number): Row {
  const { value, region } = reading(id, 0);
  return { id, value, region };
}

const nullSink = customSink<Row>(new URL('../overhead/null-sink.js', import.meta.url));

const rowsIn = (flow: Flow, rows: number, options: StageOptions<Row> = {}): Stage<Row> => {
  const ids = fromChunks(async function* () {
    yield* numberChunks(rows);
  });
  return flow.stage('rows', flow.source('ids', ids), map(rowOf), { schema, ...options });
};

export const open: OpenContender<undefined, Point> = async () => {
  const memory = createMemory({ limitBytes: 256 * 2 ** 20 });
  /** A run sets aside what each of its outputs may need at once: more than a MiB, whatever they then use. */
  const wide = createMemory({ limitBytes: 1_280 * 2 ** 20 });

  async function run(declare: (flow: Flow) => void, within: Memory = memory): Promise<void> {
    await pipeline('scale', declare).run({ memory: within }).completed;
  }

  const dimensions: Record<Dimension, (size: number, folder: string) => Promise<void>> = {
    rows: (size, folder) =>
      run((flow) => void flow.write('rows', rowsIn(flow, size), parquet(`${folder}/rows`))),
    outputs: (size, folder) =>
      run((flow) => {
        const rows = rowsIn(flow, outputRows, { batchBytes: 65_536 });
        for (let at = 0; at < size; at += 1) {
          const sink = csv<Row>(`${folder}/output-${at}.csv`, { reserveBytes: 65_536 });
          flow.write(`output-${at}`, rows, sink);
        }
      }, wide),
    partitions: (size, folder) =>
      run((flow) => {
        const rows = flow.stage(
          'partitioned',
          rowsIn(flow, size * partitionRows),
          map((row) => ({ ...row, region: `p${row.id % size}` })),
          { schema },
        );
        flow.write('partitions', rows, csv(`${folder}/partitions`, { partitionBy: ['region'] }));
      }),
    async 'queued outputs'(size) {
      const pool = createPool({ memory });
      const few = await firstValueFrom(from(manyRows(writeRows)).pipe(materialise<Row>({ schema, memory })));
      for (let at = 0; at < size; at += 1) pool.submit(few, nullSink);
      few.release();
      await pool.drain();
    },
    'queued writes': (size) =>
      run((flow) => {
        const rows = rowsIn(flow, size * writeRows, { batchRows: writeRows });
        flow.write('rows', rows, nullSink, { writeRows });
      }),
    stages: (size) =>
      run((flow) => {
        let rows = rowsIn(flow, stageRows);
        for (let at = 1; at < size; at += 1)
          rows = flow.stage(`stage-${at}`, rows, map(identity), { schema });
        flow.write('rows', rows, nullSink);
      }),
  };

  return {
    async round({ dimension, size, folder }, watch) {
      await rm(folder, { recursive: true, force: true });
      watch.start();
      await dimensions[dimension](size, folder);
      watch.stop();
      return {};
    },
    async close() {},
  };
};

function* manyRows(rows: number): Generator<Row> {
  for (let id = 0; id < rows; id += 1) yield rowOf(id);
}
