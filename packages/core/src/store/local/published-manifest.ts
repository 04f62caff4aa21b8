// Owns reading manifests from disk, those that are published and those that wait. It never writes one.
import type { Manifest } from '../../sink/store.js';
import { decodeManifest } from '../manifest.js';
import type { FileSystem } from './file-system.js';
import { failedWith } from './store-error.js';

/** The manifest at a path; `absent` when there is no file, `foreign` when it is not one of ours or torn. */
export async function readManifest(fs: FileSystem, path: string): Promise<Manifest | 'absent' | 'foreign'> {
  let text: string;
  try {
    text = await fs.readFile(path);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR')) return 'absent';
    throw error;
  }
  return decodeManifest(text) ?? 'foreign';
}

/** The same, or undefined unless it is of this run. */
export async function manifestOf(fs: FileSystem, path: string, runId: string): Promise<Manifest | undefined> {
  const manifest = await readManifest(fs, path);
  return typeof manifest !== 'string' && manifest.runId === runId ? manifest : undefined;
}
