// Owns `csv(...)`, the declaration of a CSV target. It encodes nothing: that happens in the worker module.
import { type FileSinkOptions, fileSink, type Sink } from '@tailrace/core/sink';
import { formatModule } from '../format-module.js';
import { type CsvOptions, resolveCsvOptions } from './options.js';

export type { CompressionOptions, FileCompression } from '../compress/compression.js';
export type { CsvOptions } from './options.js';

/** Text encoders keep at most two blocks of text, and zlib keeps its state when they compress. */
const encoderBytes = 2 ** 20;

/**
 * Writes CSV as RFC 4180 describes it: one file when the path has an extension (`out/daily.csv`, `out/daily.csv.gz`),
 * else a directory of parts. Cells are quoted only when they must be, unless `quotes` says otherwise.
 *
 * Numbers are the shortest decimals that read back to the same value; NaN and infinities are `NaN`, `Infinity` and
 * `-Infinity`; 64-bit integers keep all digits; dates are `YYYY-MM-DD`; timestamps are ISO 8601 in UTC with `Z`, or without
 * zone where the column has none; booleans are `true` and `false`.
 * @param path file or directory
 * @param options CSV options beside those of every file sink (mode, partitions, part sizes)
 * @throws PlanError (`PLAN_INVALID`) for options with which cells could not be told apart
 */
export function csv<R>(path: string, options: CsvOptions & FileSinkOptions<R> = {}): Sink<R> {
  const {
    delimiter,
    header,
    nullText,
    lineEnding,
    formulaGuard,
    quotes,
    bom,
    decimalSeparator,
    timestamps,
    dates,
    compression,
    level,
    reserveBytes = encoderBytes,
    ...fileOptions
  } = options;
  const resolved = resolveCsvOptions(path, {
    delimiter,
    header,
    nullText,
    lineEnding,
    formulaGuard,
    quotes,
    bom,
    decimalSeparator,
    timestamps,
    dates,
    compression,
    level,
    single: options.single,
  });
  return fileSink<R>(path, {
    name: 'csv',
    reserveBytes,
    format: formatModule('csv', '#csv-format', resolved),
    ...fileOptions,
  });
}
