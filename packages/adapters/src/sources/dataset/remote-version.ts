// Owns datasets on stores of other schemes than files: their version, and the files of it as far as they are wanted, in a
// scratch directory for as long as they are read.
import { createHash } from 'node:crypto';
import { isTailraceError, PlanError, type StoreOfScheme, TailraceError } from '@tailrace/core';
import { isOneFile, loadModule, type StoreDefinition, type StoreVersion } from '@tailrace/core/sink';
import { contentError } from '../file-error.js';
import { scratchFile } from './scratch-file.js';
import type { Version } from './version.js';
import { wantedRanges } from './wanted-ranges.js';

const url = /^([a-z][a-z0-9+.-]+):\/\//i;
const operation = 'open dataset';
/** Bytes of one request. */
const requestBytes = 8 * 2 ** 20;

/** The scheme of a URL of a store; undefined for local paths. */
export function schemeOf(path: string): string | undefined {
  const scheme = url.exec(path)?.[1]?.toLowerCase();
  return scheme === 'file' ? undefined : scheme;
}

/** Throws a PlanError without a store for the scheme, SOURCE_FAILED when nothing is there. */
export async function remoteVersion(
  path: string,
  stores: readonly StoreOfScheme[],
  signal: AbortSignal,
): Promise<Version> {
  const scheme = schemeOf(path) ?? '';
  const ref = stores.find((store) => store.scheme === scheme);
  if (ref === undefined) {
    throw new PlanError(`openDataset('${path}') needs a store for ${scheme}: { stores: [s3()] }.`, {
      operation,
      context: { path },
    });
  }
  const store = await loadModule<StoreDefinition>(ref, 'store');
  if (store.open === undefined) {
    throw new PlanError(
      `openDataset('${path}'): the store ${store.name} cannot be read from. Give it an \`open\`.`,
      {
        operation,
        context: { path },
      },
    );
  }
  const kind = isOneFile(path, undefined) ? 'file' : 'directory';
  const version = await asSource(path, () =>
    // Asked above.
    (store.open as NonNullable<StoreDefinition['open']>)({
      options: ref.options,
      target: { path, kind },
      signal,
    }),
  );
  if (version === undefined)
    throw contentError(path, 'is not there. Check the path, and that it was published.');
  return versionOf(path, version);
}

function versionOf(path: string, { manifest, read }: StoreVersion): Version {
  const entries = new Map(manifest.files.map((file) => [file.path, file]));
  const bytesOf = (name: string): number => {
    const file = entries.get(name);
    if (file === undefined) throw contentError(path, `has no file ${name}.`);
    return file.bytes;
  };
  const part = (name: string, start: number, bytes: number, signal: AbortSignal): Promise<Uint8Array> =>
    asSource(path, () => read(name, { start, bytes }, signal));
  return {
    root: path,
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
      throw contentError(`${path}/${name}`, `is not as it was written: it has the checksum ${found}.`, {
        checksum: found,
      });
    },
    async bring(name, request, signal) {
      const size = bytesOf(name);
      const file = await scratchFile(name, size);
      try {
        const fetch = async (start: number, bytes: number): Promise<void> => {
          for (let at = start; at < start + bytes; at += requestBytes) {
            signal.throwIfAborted();
            const wanted = Math.min(requestBytes, start + bytes - at);
            await file.write(at, await part(name, at, wanted, signal));
          }
        };
        for (const { start, bytes } of await wantedRanges(file.path, size, request, fetch))
          await fetch(start, bytes);
        return file;
      } catch (error) {
        await file.release();
        throw error;
      }
    },
  };
}

/** What a store fails of is a failed source here. */
async function asSource<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isTailraceError(error) || error.code !== 'STORE_FAILED') throw error;
    const { message, status } = error;
    throw new TailraceError(`'${path}' cannot be read: ${message}`, {
      code: 'SOURCE_FAILED',
      status,
      operation: 'read dataset',
      context: { path },
      cause: error,
    });
  }
}
