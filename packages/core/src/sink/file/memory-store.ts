// Owns a store in memory that keeps the contract of stores and tells what was done to it: the double for unit tests. One
// store is one target.
import { createHash, randomUUID } from 'node:crypto';
import { ConflictError } from '../../errors/named-errors.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import {
  defineStore,
  type Manifest,
  type StoreDefinition,
  type StoreFile,
  type StoreTarget,
} from '../store.js';

interface MemoryStaging {
  readonly runId: string;
  /** How many commits there were when the run began; absent in tests that begin nothing. */
  readonly base?: number;
}

export interface MemoryStore {
  readonly definition: StoreDefinition;
  /** Staged files that are closed, of all runs: path -> text. */
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
  let commits = 0;
  const open = new Set<string>();
  const store: MemoryStore = {
    staged: new Map(),
    published: new Map(),
    manifest: undefined,
    openFiles: 0,
    maxOpenFiles: 0,
    created: [],
    fault: () => undefined,
    lostBytes: 0,
    definition: defineStore<unknown, MemoryStaging>({
      name: 'memory',
      async begin({ target, signal }) {
        store.fault('begin', target.path);
        signal.throwIfAborted();
        if (target.mode === 'ignore' && store.manifest !== undefined) return 'skip';
        if (target.mode === 'error' && store.manifest !== undefined) throw refused(target, 'TARGET_EXISTS');
        return { staging: { runId: target.runId, base: commits } };
      },
      async createFile({ path, target, signal }) {
        store.fault('create', path);
        signal.throwIfAborted();
        const isBad = path.includes('\0') || path.split('/').some((part) => /^\.{0,2}$/.test(part));
        if (isBad) throw refused(target, 'STORE_FAILED');
        // Attempts at a single file share its name, and the manifest picks one by its checksum.
        const isOnly = target.kind === 'directory';
        if (isOnly && (store.staged.has(path) || open.has(path))) throw refused(target, 'STORE_FAILED');
        store.created.push(path);
        const key = isOnly ? path : `${path}#${randomUUID()}`;
        open.add(key);
        return openFile(store, key, () => open.delete(key));
      },
      async removeFile({ file, target }) {
        store.fault('remove', file.path);
        if (target.kind === 'directory') store.staged.delete(file.path);
      },
      async commit({ manifest, target, staging, signal }) {
        store.fault('commit', '');
        signal.throwIfAborted();
        if (store.manifest?.runId === target.runId) return;
        if ((staging.base ?? commits) !== commits) throw conflict(target);
        const files = manifest.files.map((file) => {
          const text = textOf(store, file);
          if (text === undefined) throw refused(target, 'STORE_FAILED');
          return [target.kind === 'file' ? '.' : file.path, text] as const;
        });
        store.published.clear();
        for (const [path, text] of files) store.published.set(path, text);
        store.manifest = manifest;
        commits += 1;
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

function openFile(store: MemoryStore, key: string, onEnd: () => void): StoreFile {
  const chunks: Uint8Array[] = [];
  let isOpen = true;
  store.openFiles += 1;
  store.maxOpenFiles = Math.max(store.maxOpenFiles, store.openFiles);
  const end = (): void => {
    if (isOpen) store.openFiles -= 1;
    isOpen = false;
    onEnd();
  };
  return {
    async write(bytes) {
      store.fault('write', key);
      if (!isOpen) throw new Error(`${key} is closed`);
      chunks.push(new Uint8Array(bytes));
    },
    async close() {
      store.fault('close', key);
      end();
      const content = Buffer.concat(chunks);
      store.staged.set(key, content.toString());
      return { bytes: content.length - store.lostBytes, checksum: checksumOf(content) };
    },
    async abort() {
      end();
      store.staged.delete(key);
    },
  };
}

/** The staged text of a file of the manifest; of a single file, that of the attempt which has its checksum. */
function textOf(store: MemoryStore, file: Manifest['files'][number]): string | undefined {
  const text = store.staged.get(file.path);
  if (text !== undefined) return text;
  const attempts = [...store.staged].filter(([key]) => key.startsWith(`${file.path}#`));
  return attempts.find(([, staged]) => checksumOf(staged) === file.checksum)?.[1];
}

function checksumOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function refused({ path }: StoreTarget, code: 'TARGET_EXISTS' | 'STORE_FAILED'): TailraceError {
  return new TailraceError(`The target ${path} in memory refuses this.`, { code, operation: 'test' });
}

function conflict({ path }: StoreTarget): ConflictError {
  return new ConflictError(`Another run has published to ${path} in memory.`, { operation: 'test' });
}
