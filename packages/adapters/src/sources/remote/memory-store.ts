// Owns a store in memory for tests of those who read: it counts what it gives, and lists as a store does, page by page.
import { createHash } from 'node:crypto';
import { ConflictError, type StoreOfScheme } from '@tailrace/core';
import type { StoreDefinition, StoreVersion } from '@tailrace/core/sink';

export interface MemoryStore {
  readonly ref: StoreOfScheme;
  /** By their keys. */
  readonly files: Map<string, Uint8Array>;
  /** Of our own: files by their URLs, datasets by theirs, or with a slash behind it where their name is one of a file. */
  readonly versions: Map<string, StoreVersion>;
  /** Bytes that were read, pages that were listed, and the prefixes of lists. */
  readonly seen: { bytes: number; pages: number; readonly prefixes: string[] };
}

let stores = 0;
const root = 'memory://bucket/';

/** @param pageKeys keys of one page */
export function memoryStore(pageKeys = 2): MemoryStore {
  const files = new Map<string, Uint8Array>();
  const versions = new Map<string, StoreVersion>();
  const seen = { bytes: 0, pages: 0, prefixes: [] as string[] };
  const keyOf = (path: string): string => decodeURIComponent(path.slice(root.length));
  const looksLikeFile = /\.[a-z]+$/;
  const nameOf = ({ path, kind }: { readonly path: string; readonly kind: 'file' | 'directory' }): string => {
    if (kind === 'directory') return looksLikeFile.test(path) ? `${path}/` : path;
    return looksLikeFile.test(path) ? path : `${path}?single`;
  };
  const definition: StoreDefinition<unknown, undefined> = {
    name: 'memory',
    begin: async () => ({ staging: undefined }),
    createFile: () => Promise.reject(new Error('nothing is written')),
    removeFile: async () => undefined,
    commit: async () => undefined,
    verify: async () => false,
    abort: async () => undefined,
    open: async ({ target }) => versions.get(nameOf(target)),
    files: {
      async open({ path, signal }) {
        const key = keyOf(path);
        const file = files.get(key);
        if (file === undefined) return undefined;
        return {
          bytes: file.length,
          tag: createHash('md5').update(file).digest('hex'),
          async read({ start, bytes }, life = signal) {
            await new Promise((resolve) => setImmediate(resolve));
            life.throwIfAborted();
            if (files.get(key) !== file) {
              throw new ConflictError(`'${path}' was replaced.`, { operation: 'read file' });
            }
            seen.bytes += bytes;
            return file.slice(start, start + bytes);
          },
        };
      },
      async *list({ prefix }) {
        seen.prefixes.push(prefix);
        const wanted = keyOf(prefix);
        const found = [...files]
          .filter(([key]) => key.startsWith(wanted))
          .sort(([a], [b]) => (a < b ? -1 : 1));
        for (let at = 0; at < found.length; at += pageKeys) {
          seen.pages += 1;
          yield found.slice(at, at + pageKeys).map(([key, { length }]) => ({
            path: `${root}${key.replaceAll(/[%?*[\]{}()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`,
            bytes: length,
          }));
        }
      },
    },
  };
  stores += 1;
  const name = `tailraceMemoryStore${stores}`;
  // A module can hold no reference to a test's double.
  Object.assign(globalThis, { [name]: definition });
  return {
    ref: {
      url: `data:text/javascript,export default globalThis.${name}`,
      options: {},
      scheme: 'memory',
      bytesPerFile: 0,
      bytesInFlight: 0,
    },
    files,
    versions,
    seen,
  };
}
