// Owns the options of Arrow IPC: what they mean and their defaults.
import { isOneFile, PlanError, shownOption } from '@tailrace/core/sink';
import {
  type Compression,
  type CompressionOf,
  type CompressionOptions,
  resolveCompression,
} from '../compress/compression.js';

/** The two layouts of Arrow IPC. */
export type ArrowLayout = 'file' | 'stream';

/** How `arrow` writes. */
export interface ArrowOptions extends CompressionOptions {
  /**
   * `file`: with a footer, so that readers can map it into memory and read batches in any order (Feather version 2).
   * `stream`: batches one after the other, for readers that take it from a pipe; only this one can be compressed as a whole.
   * Default `file`; `stream` where it is compressed, and for one file whose path ends in `.arrows`.
   */
  readonly as?: ArrowLayout | undefined;
  /**
   * What becomes of columns declared with `dictionary()`. `keep`: they stay dictionaries. In a stream each batch brings the
   * entries that it uses, which replace those before. A file may not do that, so its dictionaries grow from batch to
   * batch, all their entries are held in memory (at most `reserveBytes`), and readers must know delta dictionaries: polars
   * refuses them. `text`: they become strings, which every reader takes. Default: `keep` in streams, `text` in files.
   * Columns of text that merely happened to repeat are always text.
   */
  readonly dictionaries?: 'keep' | 'text' | undefined;
  /**
   * Compression of each buffer within the file, which stays a file that readers take batches from: `zstd` (pyarrow, polars,
   * arrow-rs and `readArrow` read it) or `none` (default). `lz4` is read, and not written. A batch
   * that takes more than half of what `reserveBytes` leaves is compressed in parts, each of which has a
   * dictionary of its own in a stream.
   */
  readonly buffers?: 'none' | 'zstd' | undefined;
}

/** The options as the worker gets them. */
export interface ArrowFormatOptions extends Compression {
  readonly as: ArrowLayout;
  readonly dictionaries: 'keep' | 'text';
  readonly buffers: 'none' | 'zstd';
}

/** Fills in defaults. Throws PLAN_INVALID for what the format or its library cannot do. */
export function resolveArrowOptions(
  path: string,
  options: ArrowOptions & Pick<CompressionOf, 'single'>,
): ArrowFormatOptions {
  const refuse = (message: string): PlanError =>
    new PlanError(`arrow(${path}): ${message}`, { operation: 'declare arrow' });
  const { compression, level } = resolveCompression('arrow', path, options);
  const isStream = compression !== 'none' || (isOneFile(path, options.single) && /\.arrows(\.|$)/.test(path));
  const { as = isStream ? 'stream' : 'file', buffers = 'none' } = options;
  if (as !== 'file' && as !== 'stream') {
    throw refuse(`as is "file" or "stream", not ${shownOption(as)}.`);
  }
  if (as === 'file' && compression !== 'none') {
    throw refuse(
      `a file compressed with ${compression} as a whole cannot be read from its footer; use as: 'stream', or no compression.`,
    );
  }
  const { dictionaries = as === 'stream' ? 'keep' : 'text' } = options;
  if (dictionaries !== 'keep' && dictionaries !== 'text') {
    throw refuse(`dictionaries is "keep" or "text", not ${shownOption(dictionaries)}.`);
  }
  if (buffers !== 'none' && buffers !== 'zstd') {
    throw refuse(`buffers is "none" or "zstd", not ${shownOption(buffers)}; lz4 is only read.`);
  }
  if (buffers !== 'none' && compression !== 'none') {
    throw refuse(`buffers are compressed, and the whole with ${compression} once more; drop one of the two.`);
  }
  return { as, dictionaries, buffers, compression, level };
}
