// Owns `msgpack(...)`, the declaration of a MessagePack target. It encodes nothing: that happens in the worker module.
import { type FileSinkOptions, fileSink, type Sink } from '@tailrace/core/sink';
import { formatModule } from '../format-module.js';
import { type MsgpackOptions, resolveMsgpackOptions } from './options.js';

export type { CompressionOptions, FileCompression } from '../compress/compression.js';
export type { MsgpackOptions } from './options.js';

/** The encoder keeps at most two blocks, and compressors keep their state. */
const encoderBytes = 2 ** 20;

/**
 * Writes MessagePack: one file when the path has an extension (`out/daily.msgpack`, `out/daily.msgpack.gz`), else a directory of
 * parts. A file is a sequence of objects, for readers that take several (`decodeMulti`, `unpackMultiple`).
 *
 * Timestamps and dates are extension -1, to the nanosecond; those without zone count as UTC. 64-bit integers are int64 or uint64,
 * floats always floats, bytes bin; decimals are strings of digits; times of day and durations are counts of their unit.
 * @param path file or directory
 * @param options MessagePack options beside those of every file sink (mode, partitions, part sizes)
 * @throws PlanError (`PLAN_INVALID`) for options that are none of the choices
 */
export function msgpack<R>(path: string, options: MsgpackOptions & FileSinkOptions<R> = {}): Sink<R> {
  const { layout, compression, level, reserveBytes = encoderBytes, ...fileOptions } = options;
  const resolved = resolveMsgpackOptions(path, { layout, compression, level, single: options.single });
  return fileSink<R>(path, {
    name: 'msgpack',
    reserveBytes,
    format: formatModule('msgpack', '#msgpack-format', resolved),
    ...fileOptions,
  });
}
