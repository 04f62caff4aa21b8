// Owns a store that keeps every version: readers see the newest one, and may go back. Copy it for a store of your own.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  ConflictError,
  defineStore,
  type StagedFile,
  type StoreDefinition,
  type StoreFile,
  type StoreTarget,
  TailraceError,
} from '@tailrace/core/sink';
import { publishVersion, readVersion, sweep, syncNames } from './versions.js';

/** Crosses to the workers, so it is plain data. */
interface Staging {
  /** Of the run's files. It stays where it is when they are published. */
  readonly directory: string;
  /** The version that the run began on: it extends or replaces that one or none. */
  readonly base: number;
}

const store: StoreDefinition<undefined, Staging> = defineStore({
  name: 'versioned',

  async begin({ target, signal }) {
    signal.throwIfAborted();
    const current = await readVersion(target.path);
    if (current.number > 0 && target.mode === 'ignore') return 'skip';
    if (current.number > 0 && target.mode === 'error') {
      throw problem(
        target,
        'TARGET_EXISTS',
        'begin output',
        'there is a version already. Choose another mode',
      );
    }
    // The name says whose it is, so that the next run can tell what a dead one has left.
    const directory = join(target.path, `run-${process.pid}-${target.runId}`);
    await mkdir(directory, { recursive: true });
    await sweep(target.path, current.runs);
    return { staging: { directory, base: current.number } };
  },

  async createFile({ target, staging, path, signal }) {
    signal.throwIfAborted();
    const isOutside = path.includes('\0') || path.split('/').some((part) => ['', '.', '..'].includes(part));
    if (isOutside) {
      throw problem(target, 'STORE_FAILED', 'create file', `${JSON.stringify(path)} is no name within it`);
    }
    // All attempts at a single file have one name: each has a place of its own until it is whole.
    const name = target.kind === 'file' ? randomUUID() : digest(path);
    return stagedFile(target, join(staging.directory, name), staging, path);
  },

  async removeFile({ target, staging, file }) {
    // Another attempt at a single file may have closed the same bytes. What the manifest does not name is removed at commit.
    if (target.kind !== 'file') await rm(join(staging.directory, nameOf(target, file)), { force: true });
  },

  async commit({ target, staging, manifest, signal }) {
    signal.throwIfAborted();
    const current = await readVersion(target.path);
    // A commit whose answer was lost is asked for again. It may have failed when the record was there but not durable yet.
    if (current.runs.includes(target.runId)) return syncNames(target.path);
    if (current.number !== staging.base) throw conflict(target);
    const names = manifest.files.map((file) => nameOf(target, file));
    for (const [at, name] of names.entries()) {
      const facts = await stat(join(staging.directory, name)).catch(() => undefined);
      if (facts?.size === manifest.files[at]?.bytes) continue;
      throw problem(
        target,
        'STORE_FAILED',
        'commit output',
        'a staged file is gone or not whole. Run it again',
      );
    }
    for (const name of await readdir(staging.directory)) {
      if (!names.includes(name)) await rm(join(staging.directory, name), { force: true });
    }
    const added = manifest.files.map(({ path }, at) => {
      return { path, at: join(basename(staging.directory), names[at] ?? '') };
    });
    const kept = target.mode === 'append' ? current.files : [];
    if (added.some(({ path }) => kept.some((file) => file.path === path))) {
      throw problem(target, 'STORE_FAILED', 'commit output', 'it has a file of that name. Run it again');
    }
    const runs = [...current.runs, target.runId];
    const version = { number: current.number + 1, runs, files: [...kept, ...added] };
    if (!(await publishVersion(target.path, version, staging.directory))) throw conflict(target);
  },

  async verify({ target }) {
    if (!(await readVersion(target.path)).runs.includes(target.runId)) return false;
    await syncNames(target.path);
    return true;
  },

  async abort({ target, staging }) {
    if ((await readVersion(target.path)).runs.includes(target.runId)) return;
    await rm(staging.directory, { recursive: true, force: true });
    // Only when nothing else is in it.
    await rmdir(target.path).catch(() => undefined);
  },
});
export default store;

async function stagedFile(
  target: StoreTarget,
  at: string,
  { directory }: Staging,
  path: string,
): Promise<StoreFile> {
  // Never an existing one.
  const file = await open(at, 'wx').catch((cause: unknown) => {
    throw problem(target, 'STORE_FAILED', 'create file', `${path} cannot be created`, cause);
  });
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    async write(chunk) {
      await file.writeFile(chunk);
      hash.update(chunk);
      bytes += chunk.byteLength;
    },
    async close() {
      await file.sync();
      await file.close();
      const checksum = `sha256:${hash.digest('hex')}`;
      await rename(at, join(directory, nameOf(target, { path, checksum })));
      return { bytes, checksum };
    },
    async abort() {
      // Also of a file that was closed.
      await file.close().catch(() => undefined);
      await rm(at, { force: true }).catch(() => undefined);
    },
  };
}

/** The name of a closed file in the directory of its run. */
function nameOf(target: StoreTarget, { path, checksum }: Pick<StagedFile, 'path' | 'checksum'>): string {
  return target.kind === 'file' ? checksum.replace(':', '-') : digest(path);
}

function digest(path: string): string {
  return createHash('sha256').update(path).digest('hex');
}

function conflict({ path, output }: StoreTarget): ConflictError {
  const message = `Output "${output}" was not published to ${path}: another run was first. Run it again.`;
  return new ConflictError(message, { operation: 'commit output', context: { path } });
}

function problem(
  { path, output }: StoreTarget,
  code: 'TARGET_EXISTS' | 'STORE_FAILED',
  operation: string,
  what: string,
  cause?: unknown,
): TailraceError {
  const message = `Output "${output}" cannot go to ${path}: ${what}.`;
  return new TailraceError(message, { code, operation, status: 'permanent', context: { path }, cause });
}
