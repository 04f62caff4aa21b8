// Owns the declaration of an output that Spark writes: plain data that names the module which drives it.
import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkKinds, customSink, PlanError, type Sink, type TakesRowsFrom } from '@tailrace/core';
import { parseConnection, serverOf } from '../client/connection-string.js';
import { type FormatOptions, openOptions, textOptions } from '../frame/options.js';
import type { Attachment } from '../session/attachment.js';
import { attachmentOf } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';
import type { HeldFrame } from './held-frame.js';
import { locationOf } from './location.js';
import { sealKey } from './seal.js';

/** Options of `sparkFiles`. */
export interface SparkFilesOptions<R> {
  /** A format that the server knows. Default `parquet`. */
  readonly format?: string;
  /**
   * What to do where something stands already. Default `error`. An `append` is asked for once: a further attempt asks what became of
   * it, and fails unless Spark has done it. It is refused in a job that is resumed: what a failed one has left cannot be told from
   * what was there before.
   */
  readonly mode?: 'error' | 'overwrite' | 'append' | 'ignore';
  /** Columns that become directories `name=value`. */
  readonly partitionBy?: readonly (keyof R & string)[];
  /** Options of the format, as Spark names them: `{ compression: 'zstd' }`. */
  readonly options?: FormatOptions;
  /**
   * Spark writes into a hidden directory beside the path, and this process renames it into place when it is complete: a reader
   * sees all or nothing, every attempt has a place of its own, and what Spark goes on with after this process was killed is
   * never seen. For paths that this process reaches as the server does, on a laptop or on a file system that both have; Spark
   * Connect itself cannot rename. Not with `append`. Default false.
   */
  readonly staged?: boolean;
}

/** What reaches the module. Plain data. */
export interface SparkTarget {
  readonly attachment: Attachment;
  readonly path: string;
  readonly format: string;
  readonly mode: NonNullable<SparkFilesOptions<object>['mode']>;
  readonly partitionBy: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly staged: boolean;
  /** Opens what plans have sealed. */
  readonly sealKey: string;
}

const modes = ['error', 'overwrite', 'append', 'ignore'];
/** An open write holds its plan as text, and a stream that says how far Spark has come. */
const reserveBytes = 64 * 1_024;
const { resolve } = createRequire(import.meta.url);

/**
 * Files that Spark writes where its server puts them, from a frame that it holds. The write runs in Spark; a writer actor
 * drives it from a worker thread and attaches to it again when its connection is cut. It becomes visible when Spark's own
 * committer has done its work: with Spark's usual one a reader may see some files of a write before the others, so `done` means
 * complete, and `_SUCCESS` says it.
 *
 * @param path of the server: `/data/out`, `s3a://bucket/out`
 * @throws PlanError for wrong options
 * @example flow.write('daily', held, sparkFiles(spark, '/out/daily', { partitionBy: ['year'] }))
 */
export function sparkFiles<R extends object = object>(
  spark: SparkSession,
  path: string,
  options: SparkFilesOptions<R> = {},
): Sink<HeldFrame<R>> & TakesRowsFrom<'Spark'> {
  const { format = 'parquet', mode = 'error', partitionBy = [], staged = false } = options;
  const operation = 'declare sparkFiles';
  const kinds = { format: 'text', partitionBy: 'texts', options: 'object', staged: 'flag' } as const;
  checkKinds('sparkFiles', options, kinds, operation);
  if (typeof path !== 'string' || path === '')
    throw new PlanError('sparkFiles needs a path of the server.', { operation });
  if (!modes.includes(mode))
    throw new PlanError(`mode of sparkFiles is one of ${modes.join(', ')}, not ${String(mode)}.`, {
      operation,
    });
  if (staged && (mode === 'append' || !isAbsolute(path)))
    throw new PlanError(
      mode === 'append'
        ? 'What is appended cannot be staged: a directory is renamed into place as a whole.'
        : `staged needs an absolute path of this machine, not '${path}'.`,
      { operation },
    );
  const target: SparkTarget = {
    attachment: attachmentOf(spark),
    path,
    format,
    mode,
    partitionBy,
    options: textOptions(options.options),
    staged,
    sealKey,
  };
  const server = serverOf(parseConnection(target.attachment.url));
  // The attachment holds a token, and a session that is another one in every process; options of a format may hold a password.
  const sink = customSink<HeldFrame<R>>(pathToFileURL(resolve('#spark-sink')), target, {
    name: `spark ${format}`,
    target: path,
    single: true,
    requires: ['plan', 'sealed'],
    // Secrets are encrypted with another key in every process.
    varies: ['sealed'],
    // Its row is a plan of what Spark holds for now: a later run would compute it again, or find a checkpoint gone.
    spillable: false,
    reserveBytes,
    mode,
    identity: { server, path, format, mode, partitionBy, options: openOptions(target.options), staged },
    location: locationOf(path),
  });
  return { ...sink, takesFrom: 'Spark' };
}
