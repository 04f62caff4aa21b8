// Owns what names the content of files without reading them: where they are, their sizes and when they were written; of those in
// stores, their tags.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileError } from './file-error.js';
import { expanded } from './remote/list-remote.js';
import { type FromStores, openRemote } from './remote/remote-file.js';

/**
 * The same for the same files, untouched, read with the same options. A file that was written anew counts as another one,
 * though it hold the same. Throws SOURCE_FAILED for a file that is missing.
 *
 * @param what reads, for messages: `readParquet`
 */
export async function fingerprintOfFiles<O extends Pick<FromStores, 'stores'>>(
  paths: readonly string[],
  { stores, ...options }: O,
  signal: AbortSignal,
  what: string,
): Promise<string> {
  const from = { stores, what };
  const hash = createHash('sha256').update(JSON.stringify(options));
  for await (const path of expanded(paths, from, signal)) {
    signal.throwIfAborted();
    const remote = await openRemote(path, from, signal);
    if (remote !== undefined) {
      hash.update(`\0${path}\0${remote.bytes}\0${remote.tag}`);
      continue;
    }
    try {
      const { size, mtimeNs } = await stat(path, { bigint: true });
      hash.update(`\0${resolve(path)}\0${size}\0${mtimeNs}`);
    } catch (error) {
      throw fileError(path, 'look at file', error);
    }
  }
  return `files:${hash.digest('hex')}`;
}
