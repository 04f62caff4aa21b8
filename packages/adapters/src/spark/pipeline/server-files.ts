// Owns looking at the server's files through Spark: what stands at a path, and the mark that a write leaves when it is complete.
import { SparkError } from '../client/spark-error.js';
import type { CallSettings } from '../frame/engine.js';
import type { SparkSession } from '../session/spark-session.js';

const isMissing = (error: unknown): boolean =>
  error instanceof SparkError && error.errorClass === 'PATH_NOT_FOUND';

/** A path for the readers of Spark, which take paths for patterns; its writers take them as they are. */
const literally = (path: string): string => path.replace(/[\\[\]{}*?]/g, '\\$&');

/** Whether something stands at a path of the server. */
export async function standsAt(
  spark: SparkSession,
  path: string,
  callOptions: CallSettings,
): Promise<boolean> {
  // Directories are looked through as they are: what is no dataset has none of the partitions that Spark would look for.
  const options = { recursiveFileLookup: true };
  try {
    await spark.read.load('binaryFile', literally(path), { options }).schema(callOptions);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * What is known of the mark at a path: none is seen; one, and none that was modified after this time of the server's; or one of
 * which not even that can be said, as the clock of its file system is ahead.
 */
export type Mark = 'none' | { readonly notAfter: string } | 'untold';

/**
 * The mark of a complete write at a path: the committer of Spark leaves the file `_SUCCESS` as its last act, unless it is told
 * not to. Servers before 4.3 show no mark.
 */
export async function markAt(spark: SparkSession, path: string, options: CallSettings): Promise<Mark> {
  if (!(await isMarked(spark, path, {}, options))) return 'none';
  const now = spark.sql<{ now: string }>(
    `SELECT date_format(to_utc_timestamp(current_timestamp(), current_timezone()), "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'") AS now`,
  );
  const notAfter = (await now.first(options))?.now;
  if (notAfter === undefined) return 'untold';
  return (await isMarked(spark, path, { modifiedAfter: notAfter }, options)) ? 'untold' : { notAfter };
}

/** Whether there is a mark now that is another one than before. */
export async function isMarkedAnew(
  spark: SparkSession,
  path: string,
  before: Mark,
  options: CallSettings,
): Promise<boolean> {
  if (before === 'untold') return false;
  return isMarked(spark, path, before === 'none' ? {} : { modifiedAfter: before.notAfter }, options);
}

/**
 * Spark hides files whose names begin with _ unless it is told which to hide, and reads no rows from empty ones: so it is asked
 * for the names of the files that it would read.
 */
async function isMarked(
  spark: SparkSession,
  path: string,
  filter: Readonly<Record<string, string>>,
  callOptions: CallSettings,
): Promise<boolean> {
  const options = { ignoredPathSegmentRegex: '(?!)', ...filter };
  const mark = `${literally(path.replace(/\/+$/, ''))}/_SUCCESS`;
  try {
    return (await spark.read.load('binaryFile', mark, { options }).inputFiles(callOptions)).length > 0;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
