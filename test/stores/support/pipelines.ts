// Owns the pipelines that the tests of stores run: rows that can be counted and told apart when they are read back.
import {
  defineSchema,
  int32,
  type Pipeline,
  pipeline,
  type Source,
  type StoreOfScheme,
  utf8,
} from '@tailrace/core';
import { csv, parquet } from '@tailrace/writers';

export interface Row {
  readonly id: number;
  readonly part: string;
}

const schema = defineSchema({ id: int32(), part: utf8() });

export function rowsSource(count: number): Source<Row> {
  return {
    async *open() {
      for (let from = 0; from < count; from += 1_000) {
        const length = Math.min(1_000, count - from);
        yield Array.from({ length }, (_, at) => ({ id: from + at, part: `p${(from + at) % 3}` }));
      }
    },
  };
}

/** Two outputs: a partitioned dataset of several writes, and one file. */
export function rowsPipeline(base: string, count: number, mode: 'error' | 'overwrite' = 'error'): Pipeline {
  return pipeline('rows', (flow) => {
    const rows = flow.source('rows', rowsSource(count), { schema });
    flow.write('parts', rows, parquet(`${base}/parts`, { partitionBy: ['part'], mode }), {
      writeRows: 1_000,
    });
    flow.write('all', rows, csv(`${base}/all.csv`, { mode }));
  });
}

export interface Stores {
  readonly stores: readonly StoreOfScheme[];
}
