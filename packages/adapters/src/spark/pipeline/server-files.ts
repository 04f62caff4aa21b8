// Owns looking at the server's files through Spark: what stands at a path, and the mark that a write leaves when it is complete.
import { SparkError } from '../client/spark-error.js';
import type { CallSettings } from '../frame/engine.js';
import type { SparkSession } from '../session/session.js';

const isMissing = (error: unknown): boolean =>
  error instanceof SparkError && error.errorClass === 'PATH_NOT_FOUND';

/** Whether something stands at a path of the server. */
export async function standsAt(spark: SparkSession, path: string, options: CallSettings): Promise<boolean> {
  try {
    await spark.read.load('binaryFile', path).schema(options);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * When the last complete write at a path was done, as the server's file system tells it; undefined where there is none. The committer of
 * Spark leaves the file `_SUCCESS` as its last act, unless it is told not to.
 */
export async function completedAt(
  spark: SparkSession,
  path: string,
  options: CallSettings,
): Promise<bigint | undefined> {
  try {
    const mark = spark.read
      .load<{ modificationTime: bigint }>('binaryFile', `${path.replace(/\/+$/, '')}/_SUCCESS`)
      .select('modificationTime');
    const row = await mark.first({ ...options, timestamps: 'bigint' });
    return row?.modificationTime;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
