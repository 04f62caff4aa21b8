// Owns the choice of compression of whole files: from the option, or else from the name of the file.
import { isOneFile, PlanError } from '@tailrace/core/sink';

/** Ending of files, levels, and the level without the option. */
const codecs = {
  none: { ending: '', least: 0, most: 0, level: 0 },
  gzip: { ending: '.gz', least: 1, most: 9, level: 4 },
  brotli: { ending: '.br', least: 0, most: 11, level: 4 },
  zstd: { ending: '.zst', least: 1, most: 22, level: 3 },
} as const;

/** How a file is compressed as a whole. */
export type FileCompression = keyof typeof codecs;

/** How files are compressed as a whole, and how much work is put into it. */
export interface CompressionOptions {
  /** Default: by the ending of one file's path, `gzip` for `.gz`, `brotli` for `.br`, `zstd` for `.zst`; else `none`. */
  readonly compression?: FileCompression | undefined;
  /**
   * Effort, more of which makes smaller files: gzip 1 to 9, by default 4 (on tables of numbers and names files are 1 to
   * 6 % larger than at zlib's own default of 6, and done in half to two thirds of the time); brotli 0 to 11, by default
   * 4; zstd 1 to 22, by default 3.
   */
  readonly level?: number | undefined;
}

/** The options that say what is compressed: `single` is that of file sinks. */
export interface CompressionOf extends CompressionOptions {
  readonly single?: boolean | undefined;
}

/** The choice as the worker gets it. */
export interface Compression {
  readonly compression: FileCompression;
  readonly level: number;
}

/** Throws PLAN_INVALID when the name of a single file says one thing and the option another. Parts get fitting names. */
export function resolveCompression(what: string, path: string, options: CompressionOf): Compression {
  const isOne = isOneFile(path, options.single);
  const named = isOne ? compressionNamed(path) : 'none';
  const compression = options.compression ?? named;
  const refuse = (message: string): PlanError => new PlanError(message, { operation: `declare ${what}` });
  if (!Object.hasOwn(codecs, compression)) {
    const known = Object.keys(codecs).join(', ');
    throw refuse(`${what}(${path}) got compression "${String(compression)}"; it is one of ${known}.`);
  }
  const { ending, least, most, level: usual } = codecs[compression];
  const { level = usual } = options;
  if (compression !== 'none' && (!Number.isInteger(level) || level < least || level > most)) {
    throw refuse(
      `${what}(${path}) got ${compression} level ${level}; it is a whole number from ${least} (fast) to ${most} (small).`,
    );
  }
  if (compression === 'none' && options.level !== undefined) {
    throw refuse(`${what}(${path}) got a level but no compression; name one, or drop the level.`);
  }
  if (named !== 'none' && compression !== named) {
    throw refuse(
      `${what}(${path}) is told ${compression === 'none' ? 'not to compress' : `to use ${compression} for`} a file named ` +
        `${codecs[named].ending}; drop one of the two.`,
    );
  }
  if (isOne && compression !== named) {
    throw refuse(
      `${what}(${path}) would be ${compression} without saying so, and readers would stumble; name it ${path}${ending}.`,
    );
  }
  return { compression, level };
}

function compressionNamed(path: string): FileCompression {
  if (path.endsWith('.gz')) return 'gzip';
  if (path.endsWith('.br')) return 'brotli';
  return path.endsWith('.zst') ? 'zstd' : 'none';
}

/** What file names end with: `.gz`, or nothing. */
export function endingOf({ compression }: Compression): string {
  return codecs[compression].ending;
}
