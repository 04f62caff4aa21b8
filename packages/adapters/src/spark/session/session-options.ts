// Owns what can be said about a session, and its defaults.
import { type Clock, checkKinds, PlanError, type Random, type TailraceError } from '@tailrace/core';
import type { SparkRetryOptions } from '../client/retry.js';

/** Options of `connectSpark`. */
export interface SparkOptions {
  /** Who asks, as the server's logs and its user interface show it. Default: that of the connection string, else `tailrace`. */
  readonly userId?: string;
  /** Settings of the session: `{ 'spark.sql.shuffle.partitions': '64' }`. Set when it is opened. */
  readonly confs?: Readonly<Record<string, string>>;
  /** Names that every execution of the session has. Without commas. */
  readonly tags?: readonly string[];
  /** How often, and after how long, a call is made again. */
  readonly retry?: SparkRetryOptions;
  /** Certificates of authorities (PEM) to trust, for TLS. Default: those of Node. */
  readonly rootCertificates?: Buffer;
  /** Bytes of one message, either way. Default 134,217,728 (128 MiB), as servers have it. */
  readonly maxMessageBytes?: number;
  /** Bytes of one batch of results. Default 134,217,728 (128 MiB). */
  readonly maxBatchBytes?: number;
  /** Bytes that wait in the stream of results while nobody takes them, about. Default 33,554,432 (32 MiB). */
  readonly maxBufferedBytes?: number;
  /** Bytes that the rows of one `collect` may have on the wire. Default 268,435,456 (256 MiB). */
  readonly maxCollectBytes?: number;
  /** How long one call with one answer may take, in milliseconds. Default 600,000: analysing a table of many files takes time. */
  readonly callTimeoutMs?: number;
  /**
   * After how long without a word a stream is attached to anew, in milliseconds. Default 180,000: servers end theirs after two
   * minutes.
   */
  readonly silenceMs?: number;
  /**
   * Told of what went wrong without consequence, such as results that the server did not let go of; also of what writers tell,
   * whose errors come from other threads: a moment later, and before `close` resolves at the latest. It must not throw.
   * Default: `process.emitWarning`.
   */
  readonly onWarning?: (problem: TailraceError) => void;
  /** Gives up connecting; the session that is open it does not end. */
  readonly signal?: AbortSignal;
  /** For tests: time and chance. */
  readonly clock?: Clock;
  readonly random?: Random;
}

export const sessionDefaults = {
  maxMessageBytes: 2 ** 27,
  maxBatchBytes: 2 ** 27,
  maxBufferedBytes: 2 ** 25,
  maxCollectBytes: 2 ** 28,
  callTimeoutMs: 600_000,
  silenceMs: 180_000,
} as const;

export function checkSparkOptions(options: SparkOptions): void {
  const counts = Object.keys(sessionDefaults).map((name) => [name, 'count'] as const);
  checkKinds('connectSpark', options, Object.fromEntries(counts), 'connect to spark');
  const { retry = {} } = options;
  checkKinds('retry of connectSpark', retry, { baseMs: 'count', capMs: 'count' }, 'connect to spark');
  const { maxRetries = 0 } = retry;
  // Compared with a count of failures: what is no number would never be reached.
  if (!Number.isInteger(maxRetries) || maxRetries < 0)
    throw new PlanError(
      `maxRetries of connectSpark is a whole number of tries, 0 or more, not ${String(maxRetries)}.`,
      { operation: 'connect to spark' },
    );
  checkTags(options.tags ?? []);
}

/** @throws PlanError for a tag that the server would refuse */
export function checkTags(tags: readonly string[]): void {
  const wrong = tags.find((tag) => tag === '' || tag.includes(','));
  if (wrong !== undefined)
    throw new PlanError(
      `'${wrong}' cannot be a tag of Spark: it must not be empty, and must hold no comma.`,
      {
        operation: 'tag an execution',
      },
    );
}
