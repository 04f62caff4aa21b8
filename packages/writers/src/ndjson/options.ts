// Owns the options of NDJSON: what they mean and their defaults.
import { PlanError, shownOption } from '@tailrace/core/sink';
import {
  type Compression,
  type CompressionOf,
  type CompressionOptions,
  resolveCompression,
} from '../compress/compression.js';

export interface NdjsonOptions extends CompressionOptions {
  /**
   * How 64-bit integers are written. `number` (default): as a JSON number while it is safe, else a ValueError, since most
   * readers would round it silently. `string`: always as a string, every digit kept.
   */
  readonly bigint?: 'number' | 'string' | undefined;
  /** NaN and infinities, which JSON does not have: a ValueError (default) or `null`. */
  readonly nonFinite?: 'error' | 'null' | undefined;
}

/** The options as the worker gets them. */
export interface NdjsonFormatOptions extends Compression {
  readonly bigint: 'number' | 'string';
  readonly nonFinite: 'error' | 'null';
}

/** Fills in defaults. Throws PLAN_INVALID for values that are none of the choices. */
export function resolveNdjsonOptions(
  path: string,
  options: NdjsonOptions & Pick<CompressionOf, 'single'>,
): NdjsonFormatOptions {
  const { bigint = 'number', nonFinite = 'error' } = options;
  const refuse = (message: string): PlanError =>
    new PlanError(`ndjson(${path}): ${message}`, { operation: 'declare ndjson' });
  if (bigint !== 'number' && bigint !== 'string') {
    throw refuse(`bigint is "number" or "string", not ${shownOption(bigint)}.`);
  }
  if (nonFinite !== 'error' && nonFinite !== 'null') {
    throw refuse(`nonFinite is "error" or "null", not ${shownOption(nonFinite)}.`);
  }
  return { bigint, nonFinite, ...resolveCompression('ndjson', path, options) };
}
