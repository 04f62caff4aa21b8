// Owns the source whose one item is a frame.
import type { Source } from '@tailrace/core';
import type { DataFrame } from '../frame/data-frame.js';
import type { SparkSession } from '../session/session.js';

/**
 * A source of a frame: a plan, which computes nothing. Stages behind it are RxJS operators over frames.
 * @example flow.source('trips', frames(spark, (s) => s.read.parquet<Trip>('/data/trips')))
 */
export function frames<R extends object>(
  spark: SparkSession,
  declare: (spark: SparkSession) => DataFrame<R>,
): Source<DataFrame<R>> {
  return {
    name: 'spark',
    totalItems: 1,
    async *open() {
      yield [declare(spark)];
    },
  };
}
