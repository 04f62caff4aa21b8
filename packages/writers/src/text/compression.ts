// Owns the choice of compression of text files: from the option, or else from the name of the file.
import { isOneFile, PlanError, shownOption } from '@tailrace/core/sink';
import type { TextCompression } from './text-encoder.js';

export interface CompressionOptions {
  /** Default: `gzip` for one file whose path ends in `.gz`, else `none`. */
  readonly compression?: 'none' | 'gzip' | undefined;
  /**
   * Effort of gzip from 1 (fast) to 9 (small). Default 4: on tables of numbers and names files are 1 to 6 % larger than at zlib's
   * own default of 6, and done in half to two thirds of the time.
   */
  readonly level?: number | undefined;
}

/** The options that say what is compressed: `single` is that of file sinks. */
export interface CompressionOf extends CompressionOptions {
  readonly single?: boolean | undefined;
}

/** Throws PLAN_INVALID when the name of a single file says one thing and the option another. Parts get fitting names. */
export function resolveCompression(what: string, path: string, options: CompressionOf): TextCompression {
  const isOne = isOneFile(path, options.single);
  const named = isOne && path.endsWith('.gz');
  const compression = options.compression ?? (named ? 'gzip' : 'none');
  const { level = 4 } = options;
  const refuse = (message: string): PlanError => new PlanError(message, { operation: `declare ${what}` });
  if (compression !== 'none' && compression !== 'gzip') {
    throw refuse(`${what}(${path}) got compression ${shownOption(compression)}; it can be "none" or "gzip".`);
  }
  if (!Number.isInteger(level) || level < 1 || level > 9) {
    throw refuse(
      `${what}(${path}) got gzip level ${shownOption(level)}; it is a whole number from 1 (fast) to 9 (small).`,
    );
  }
  if (named && compression === 'none') {
    throw refuse(`${what}(${path}) is told not to compress a file named .gz; drop one of the two.`);
  }
  if (isOne && !named && compression === 'gzip') {
    throw refuse(
      `${what}(${path}) would be gzip without saying so, and readers would stumble; name it ${path}.gz.`,
    );
  }
  return { compression, level };
}
