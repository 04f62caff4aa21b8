// Owns datasets on stores of other schemes than files: their version, and the files of it as far as they are wanted, in a
// scratch directory for as long as they are read.
import { createHash } from 'node:crypto';
import { isTailraceError, PlanError, type StoreOfScheme } from '@tailrace/core';
import { isOneFile, type StoreVersion } from '@tailrace/core/sink';
import { contentError } from '../file-error.js';
import { bringFile } from '../remote/brought.js';
import { checkBucket, listRemoteDirectory, listRemoteGlob } from '../remote/list-remote.js';
import { type FromStores, remoteFileAt, requestBytes } from '../remote/remote-file.js';
import { asSource, storeFor } from '../remote/stores.js';
import type { ListedFile } from './listing.js';
import { isGlob } from './patterns.js';
import type { Version } from './version.js';

/** What is there was written by others: files, and what their names say. */
export interface RemoteFiles {
  readonly listed: readonly ListedFile[];
}

/** Throws a PlanError without a store for the scheme, SOURCE_FAILED when nothing is there. */
export async function remoteVersion(
  path: string,
  stores: readonly StoreOfScheme[],
  signal: AbortSignal,
): Promise<Version | RemoteFiles> {
  const from = { stores, what: 'openDataset' };
  const { store, options } = await storeFor(path, stores, from.what);
  const { open, files } = store;
  if (open === undefined && files === undefined) {
    throw new PlanError(
      `openDataset('${path}'): the store ${store.name} cannot be read from. Give it an \`open\`.`,
      { operation: 'open dataset', context: { path } },
    );
  }
  const kind = isOneFile(path, undefined) ? 'file' : 'directory';
  const isPattern = isGlob(path);
  if (isPattern) checkBucket(path);
  // Also where it looks like a pattern, as a run writes to any name; but not every pattern is a name that a run may write to.
  const look = (as: 'file' | 'directory'): Promise<StoreVersion | undefined> =>
    asSource(path, async () => open?.({ options, target: { path, kind: as }, signal })).catch((error) => {
      if (isPattern && isTailraceError(error) && error.code === 'PLAN_INVALID') return undefined;
      throw error;
    });
  // Its name tells what a run writes there by default; with `single`, or a slash at its end, it may be the other kind.
  for (const as of [kind, kind === 'file' ? 'directory' : 'file'] as const) {
    const version = await look(as);
    if (version !== undefined) return versionOf(path, as, version);
  }
  if (isPattern) return { listed: await listRemoteGlob(path, from, signal) };
  const listed = files === undefined ? [] : await filesAt(path, from, signal);
  if (listed.length > 0) return { listed };
  throw contentError(path, 'is not there. Check the path, and that it was published.');
}

/** One file of that name, else those below it. */
async function filesAt(path: string, from: FromStores, signal: AbortSignal): Promise<readonly ListedFile[]> {
  const file = path.endsWith('/') ? undefined : await remoteFileAt(path, from, signal);
  return file === undefined ? listRemoteDirectory(path, from, signal) : [{ path, partition: {} }];
}

function versionOf(path: string, kind: 'file' | 'directory', { manifest, read }: StoreVersion): Version {
  // What the names of its files follow.
  const root = kind === 'file' ? path.slice(0, path.lastIndexOf('/')) : path;
  const entries = new Map(manifest.files.map((file) => [file.path, file]));
  const bytesOf = (name: string): number => {
    const file = entries.get(name);
    if (file === undefined) throw contentError(path, `has no file ${name}.`);
    return file.bytes;
  };
  const part = (name: string, start: number, bytes: number, signal: AbortSignal): Promise<Uint8Array> =>
    asSource(path, () => read(name, { start, bytes }, signal));
  return {
    root,
    manifest,
    publish: 'generations',
    // Files of a version never change, and those that are gone are told of by reading them.
    check: async () => undefined,
    async checkContent(name, signal) {
      const hash = createHash('sha256');
      const size = bytesOf(name);
      for (let start = 0; start < size; start += requestBytes) {
        signal.throwIfAborted();
        hash.update(await part(name, start, Math.min(requestBytes, size - start), signal));
      }
      const found = `sha256:${hash.digest('hex')}`;
      if (found === entries.get(name)?.checksum) return;
      throw contentError(`${root}/${name}`, `is not as it was written: it has the checksum ${found}.`, {
        checksum: found,
      });
    },
    bring: (name, rangesOf, signal) =>
      bringFile(
        {
          path: `${root}/${name}`,
          bytes: bytesOf(name),
          read: (start, bytes, life) => part(name, start, bytes, life),
        },
        rangesOf,
        signal,
      ),
  };
}
