// Owns `arrow(...)`, the declaration of an Arrow IPC target. It encodes nothing: that happens in the worker module.
import { type FileSinkOptions, fileSink, type Sink } from '@tailrace/core/sink';
import { formatModule } from '../format-module.js';
import { type ArrowOptions, resolveArrowOptions } from './options.js';

export type { CompressionOptions, FileCompression } from '../compress/compression.js';
export type { ArrowLayout, ArrowOptions } from './options.js';

/**
 * Writes Arrow IPC: one file when the path has an extension (`out/hourly.arrow`), else a directory of parts. Each batch is
 * a record batch, whose values go from shared memory to the file as they lie there. A file is published only if its
 * messages count as many rows as were given.
 *
 * The forms that values have in rows (Date or bigint) are kept in the metadata of the columns, under `tailrace.js`.
 * @param path file or directory
 * @param options Arrow options beside those of every file sink (mode, partitions, part sizes)
 * @throws PlanError (`PLAN_INVALID`) for options that contradict each other, or are none of the choices
 */
export function arrow<R>(path: string, options: ArrowOptions & FileSinkOptions<R> = {}): Sink<R> {
  const { as, dictionaries, buffers, compression, level, ...fileOptions } = options;
  const resolved = resolveArrowOptions(path, {
    as,
    dictionaries,
    buffers,
    compression,
    level,
    single: options.single,
  });
  return fileSink<R>(path, {
    name: 'arrow',
    format: formatModule('arrow', '#arrow-format', resolved),
    ...fileOptions,
  });
}
