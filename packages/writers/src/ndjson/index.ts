// Owns `ndjson(...)`, the declaration of an NDJSON target. It encodes nothing: that happens in the worker module.
import { type FileSinkOptions, fileSink, type Sink } from '@tailrace/core/sink';
import { formatModule } from '../format-module.js';
import { type NdjsonOptions, resolveNdjsonOptions } from './options.js';

export type { CompressionOptions, FileCompression } from '../compress/compression.js';
export type { NdjsonOptions } from './options.js';

/** Text encoders keep at most two blocks of text, and zlib keeps its state when they compress. */
const encoderBytes = 2 ** 20;

/**
 * Writes one JSON object per line, keys in the order of the schema, nulls included: one file when the path has an
 * extension (`out/extreme.ndjson`, `out/extreme.ndjson.gz`), else a directory of parts.
 *
 * Dates are `YYYY-MM-DD`; timestamps are ISO 8601 in UTC with `Z`, or without zone where the column has none. What JSON
 * cannot hold faithfully (integers beyond 2^53, NaN, infinities) is an error unless an option says otherwise.
 * @param path file or directory
 * @param options NDJSON options beside those of every file sink (mode, partitions, part sizes)
 * @throws PlanError (`PLAN_INVALID`) for options that are none of the choices
 */
export function ndjson<R>(path: string, options: NdjsonOptions & FileSinkOptions<R> = {}): Sink<R> {
  const {
    bigint,
    nonFinite,
    binary,
    keyOrder,
    compression,
    level,
    reserveBytes = encoderBytes,
    ...fileOptions
  } = options;
  const resolved = resolveNdjsonOptions(path, {
    bigint,
    nonFinite,
    binary,
    keyOrder,
    compression,
    level,
    single: options.single,
  });
  return fileSink<R>(path, {
    name: 'ndjson',
    reserveBytes,
    format: formatModule('ndjson', '#ndjson-format', resolved),
    ...fileOptions,
  });
}
