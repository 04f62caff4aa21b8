// Owns a store in memory that keeps the contract of stores and tells what was done to it: the double for unit tests.
import { createHash } from 'node:crypto';
import { TailraceError } from '../../errors/tailrace-error.js';
import { defineStore, type Manifest, type StoreDefinition, type StoreFile } from '../store.js';

export interface MemoryStore {
  readonly definition: StoreDefinition;
  /** Staged files that are closed: path -> text. */
  readonly staged: Map<string, string>;
  /** What a reader sees: path -> text. */
  readonly published: Map<string, string>;
  manifest: Manifest | undefined;
  /** Files open now, and the most that ever were. */
  openFiles: number;
  maxOpenFiles: number;
  /** Paths in the order in which they were created. */
  readonly created: string[];
  /** Called before each step; throws to inject a fault. */
  fault: (step: 'begin' | 'create' | 'write' | 'close' | 'remove' | 'commit', path: string) => void;
  /** Bytes that `close` claims beside the truth. */
  lostBytes: number;
}

export function memoryStore(): MemoryStore {
  const store: MemoryStore = {
    staged: new Map(),
    published: new Map(),
    manifest: undefined,
    openFiles: 0,
    maxOpenFiles: 0,
    created: [],
    fault: () => undefined,
    lostBytes: 0,
    definition: defineStore<unknown, { readonly runId: string }>({
      name: 'memory',
      async begin({ target }) {
        store.fault('begin', target.path);
        if (target.mode === 'ignore' && store.manifest !== undefined) return 'skip';
        return { staging: { runId: target.runId } };
      },
      async createFile({ path }) {
        store.fault('create', path);
        if (store.created.includes(path))
          throw new TailraceError(`${path} exists`, { code: 'STORE_FAILED', operation: 'create' });
        store.created.push(path);
        return openFile(store, path);
      },
      async removeFile({ file }) {
        store.fault('remove', file.path);
        store.staged.delete(file.path);
      },
      async commit({ manifest }) {
        store.fault('commit', '');
        store.published.clear();
        for (const { path } of manifest.files) store.published.set(path, store.staged.get(path) ?? 'missing');
        store.manifest = manifest;
        store.staged.clear();
      },
      async verify({ target }) {
        return store.manifest?.runId === target.runId;
      },
      async abort() {
        store.staged.clear();
      },
    }),
  };
  return store;
}

function openFile(store: MemoryStore, path: string): StoreFile {
  const chunks: Uint8Array[] = [];
  let isOpen = true;
  store.openFiles += 1;
  store.maxOpenFiles = Math.max(store.maxOpenFiles, store.openFiles);
  const end = (): void => {
    if (isOpen) store.openFiles -= 1;
    isOpen = false;
  };
  return {
    async write(bytes) {
      store.fault('write', path);
      if (!isOpen) throw new Error(`${path} is closed`);
      chunks.push(new Uint8Array(bytes));
    },
    async close() {
      store.fault('close', path);
      end();
      const content = Buffer.concat(chunks);
      store.staged.set(path, content.toString());
      const checksum = `sha256:${createHash('sha256').update(content).digest('hex')}`;
      return { bytes: content.length - store.lostBytes, checksum };
    },
    async abort() {
      end();
      store.staged.delete(path);
    },
  };
}
