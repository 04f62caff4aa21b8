// Owns the choice of compression of text files: from the option, or else from the name of the file.
import { extname } from 'node:path';
import { PlanError } from '@tailrace/core/sink';
import type { TextCompression } from './text-encoder.js';

export interface CompressionOptions {
  /** Default: `gzip` when the path ends in `.gz`, else `none`. */
  readonly compression?: 'none' | 'gzip' | undefined;
  /** Effort of gzip from 1 (fast) to 9 (small). Default 6. */
  readonly level?: number | undefined;
}

/** Throws PLAN_INVALID when the name of a single file says one thing and the option another. */
export function resolveCompression(what: string, path: string, options: CompressionOptions): TextCompression {
  const named = path.endsWith('.gz');
  const compression = options.compression ?? (named ? 'gzip' : 'none');
  const { level = 6 } = options;
  const refuse = (message: string): PlanError => new PlanError(message, { operation: `declare ${what}` });
  if (compression !== 'none' && compression !== 'gzip') {
    throw refuse(`${what}(${path}) got compression "${String(compression)}"; it can be "none" or "gzip".`);
  }
  if (!Number.isInteger(level) || level < 1 || level > 9) {
    throw refuse(
      `${what}(${path}) got gzip level ${level}; it is a whole number from 1 (fast) to 9 (small).`,
    );
  }
  if (named && compression === 'none') {
    throw refuse(`${what}(${path}) is told not to compress a file named .gz; drop one of the two.`);
  }
  if (!named && compression === 'gzip' && extname(path) !== '') {
    throw refuse(
      `${what}(${path}) would be gzip without saying so, and readers would stumble; name it ${path}.gz.`,
    );
  }
  return { compression, level };
}
