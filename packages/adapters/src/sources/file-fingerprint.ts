// Owns what names the content of files without reading them: where they are, their sizes and when they were written.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileError } from './file-error.js';

/**
 * The same for the same files, untouched, read with the same options. A file that was written anew counts as another one,
 * though it hold the same. Throws SOURCE_FAILED for a file that is missing.
 */
export async function fingerprintOfFiles(
  paths: readonly string[],
  options: object,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(options));
  for (const path of paths) {
    signal.throwIfAborted();
    try {
      const { size, mtimeNs } = await stat(path, { bigint: true });
      hash.update(`\0${resolve(path)}\0${size}\0${mtimeNs}`);
    } catch (error) {
      throw fileError(path, 'look at file', error);
    }
  }
  return `files:${hash.digest('hex')}`;
}
