// Owns the options of NDJSON: what they mean and their defaults.
import { PlanError, shownOption } from '@tailrace/core/sink';
import {
  type Compression,
  type CompressionOf,
  type CompressionOptions,
  resolveCompression,
} from '../compress/compression.js';

/** How `ndjson` writes. */
export interface NdjsonOptions extends CompressionOptions {
  /**
   * How 64-bit integers are written. `number` (default): as a JSON number while it is safe, else a ValueError, since most
   * readers would round it silently. `string`: always as a string, every digit kept.
   */
  readonly bigint?: 'number' | 'string' | undefined;
  /** NaN and infinities, which JSON does not have: a ValueError (default), `null`, or a `string` such as `"-Infinity"`. */
  readonly nonFinite?: 'error' | 'null' | 'string' | undefined;
  /** Bytes, which JSON does not have: a string in `base64` (default) or `hex`, or no run at all (`refuse`). */
  readonly binary?: 'base64' | 'hex' | 'refuse' | undefined;
  /**
   * Order of the keys of a row: as the columns of the schema (default), or `sorted` by UTF-16 code
   * units. Structs keep theirs.
   */
  readonly keyOrder?: 'schema' | 'sorted' | undefined;
}

/** The options as the worker gets them. */
export interface NdjsonFormatOptions extends Compression {
  readonly bigint: 'number' | 'string';
  readonly nonFinite: 'error' | 'null' | 'string';
  readonly binary: 'base64' | 'hex' | 'refuse';
  readonly keyOrder: 'schema' | 'sorted';
}

/** Fills in defaults. Throws PLAN_INVALID for values that are none of the choices. */
export function resolveNdjsonOptions(
  path: string,
  options: NdjsonOptions & Pick<CompressionOf, 'single'>,
): NdjsonFormatOptions {
  const { bigint = 'number', nonFinite = 'error', binary = 'base64', keyOrder = 'schema' } = options;
  const refuse = (message: string): PlanError =>
    new PlanError(`ndjson(${path}): ${message}`, { operation: 'declare ndjson' });
  if (bigint !== 'number' && bigint !== 'string') {
    throw refuse(`bigint is "number" or "string", not ${shownOption(bigint)}.`);
  }
  if (nonFinite !== 'error' && nonFinite !== 'null' && nonFinite !== 'string') {
    throw refuse(`nonFinite is "error", "null" or "string", not ${shownOption(nonFinite)}.`);
  }
  if (binary !== 'base64' && binary !== 'hex' && binary !== 'refuse') {
    throw refuse(`binary is "base64", "hex" or "refuse", not ${shownOption(binary)}.`);
  }
  if (keyOrder !== 'schema' && keyOrder !== 'sorted') {
    throw refuse(`keyOrder is "schema" or "sorted", not ${shownOption(keyOrder)}.`);
  }
  return { bigint, nonFinite, binary, keyOrder, ...resolveCompression('ndjson', path, options) };
}
