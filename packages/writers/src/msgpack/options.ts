// Owns the options of MessagePack: what they mean and their defaults.
import { PlanError, shownOption } from '@tailrace/core/sink';
import {
  type Compression,
  type CompressionOf,
  type CompressionOptions,
  resolveCompression,
} from '../compress/compression.js';

/** How `msgpack` writes. */
export interface MsgpackOptions extends CompressionOptions {
  /**
   * `rows`: a map for each row, one after the other, nulls included. `columns`: first a map
   * `{ tailrace: 1, columns: [{ name, type, nullable }, ...] }`, then for each batch a map of arrays, one for each column:
   * about half the size of `rows`, as names do not repeat. Default `rows`.
   */
  readonly layout?: 'rows' | 'columns' | undefined;
}

/** The options as the worker gets them. */
export interface MsgpackFormatOptions extends Compression {
  readonly layout: 'rows' | 'columns';
}

/** Fills in defaults. Throws PLAN_INVALID for what is none of the choices. */
export function resolveMsgpackOptions(
  path: string,
  options: MsgpackOptions & Pick<CompressionOf, 'single'>,
): MsgpackFormatOptions {
  const { layout = 'rows' } = options;
  if (layout !== 'rows' && layout !== 'columns') {
    throw new PlanError(`msgpack(${path}): layout is "rows" or "columns", not ${shownOption(layout)}.`, {
      operation: 'declare msgpack',
    });
  }
  return { layout, ...resolveCompression('msgpack', path, options) };
}
