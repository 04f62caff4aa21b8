// Owns Tailrace in `loop` and `memory`: a pipeline with one output, default options, a budget of 128 MiB.
import { fromChunks, pipeline } from '@tailrace/core';
import { parquet } from '@tailrace/writers';
import { map } from 'rxjs';
import { numberChunks, reading, readingSchema } from '../../data/readings.js';
import { chunkRows, streamContender, type WriteRows } from './stream-contender.js';

const write: WriteRows = async (rows, path) => {
  const ids = fromChunks(async function* () {
    yield* numberChunks(rows, chunkRows);
  });
  const declared = pipeline('stream', (flow) => {
    const readings = flow.stage(
      'readings',
      flow.source('ids', ids),
      map((id) => reading(id, 0)),
      { schema: readingSchema },
    );
    flow.write('readings', readings, parquet(path));
  });
  await declared.run({ memory: '128MiB' }).completed;
};

export const open = streamContender(async () => ({ write, close: async () => {} }));
