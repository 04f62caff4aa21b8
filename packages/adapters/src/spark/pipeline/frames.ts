// Owns the source whose one item is a frame.
import { checkKinds, type Source } from '@tailrace/core';
import type { DataFrame } from '../frame/data-frame.js';
import type { SparkSession } from '../session/spark-session.js';

/** Options of `frames`. */
export interface FramesOptions {
  /**
   * Names what the frame gives, for a job that can be resumed: the same text means the same rows. Example: the version of the
   * table that is read. With it, outputs that are done are kept; without it they are written again together with the others.
   */
  readonly fingerprint?: string;
}

/**
 * A source of a frame: a plan, which computes nothing. Stages behind it are RxJS operators over frames.
 * @param declare makes the frame anew whenever the source is opened; what it throws fails the source
 * @throws PlanError for options of another kind
 * @example flow.source('trips', frames(spark, (s) => s.read.parquet<Trip>('/data/trips')))
 */
export function frames<R extends object>(
  spark: SparkSession,
  declare: (spark: SparkSession) => DataFrame<R>,
  options: FramesOptions = {},
): Source<DataFrame<R>> {
  checkKinds('frames', options, { fingerprint: 'text' }, 'declare source');
  const { fingerprint } = options;
  return {
    name: 'spark',
    ...(fingerprint === undefined ? {} : { fingerprint: async () => fingerprint }),
    totalItems: 1,
    async *open() {
      yield [declare(spark)];
    },
  };
}
