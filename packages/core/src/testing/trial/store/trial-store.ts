// Owns a small sound store that the broken ones are derived from: the target is a directory of staged bytes and numbered
// records, the newest of which names what readers see. It keeps every version.
import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ConflictError } from '../../../errors/named-errors.js';
import { TailraceError } from '../../../errors/tailrace-error.js';
import type { StagedFile } from '../../../sink/sink.js';
import type { Manifest, StoreDefinition, StoreFile, StoreTarget } from '../../../sink/store.js';
import { stagingName, sweep } from '../owner.js';
import { makeStaging, newest, publishRecord, removeStaging, type VersionRecord } from '../records.js';

/** A published file and where its bytes lie, relative to the target. */
export interface Entry {
  readonly path: string;
  readonly at: string;
}

export interface TrialStaging {
  readonly directory: string;
  /** Number of the version that the run began on. */
  readonly base: number;
}

export type TrialStore = StoreDefinition<unknown, TrialStaging>;

/** Where the bytes of a file lie in a staging directory. Single files are told apart by content, as attempts share a name. */
export function stagedAt(target: StoreTarget, file: Pick<StagedFile, 'path' | 'checksum'>): string {
  return target.kind === 'file' ? file.checksum.replace(':', '-') : digest(file.path);
}

/** The record that a commit of this manifest publishes over a version. */
export function nextVersion(
  target: StoreTarget,
  staging: TrialStaging,
  manifest: Manifest,
  current: VersionRecord<Entry>,
): VersionRecord<Entry> {
  const added = manifest.files.map((file) => ({
    path: target.kind === 'file' ? '.' : file.path,
    at: join(basename(staging.directory), stagedAt(target, file)),
  }));
  const replaced = new Set(added.map(({ path }) => directoryOf(path)));
  const stays = (entry: Entry): boolean => {
    if (target.mode === 'append') return true;
    return target.mode === 'overwritePartitions' && !replaced.has(directoryOf(entry.path));
  };
  const kept = current.entries.filter(stays);
  const twice = added.find(({ path }) => kept.some((entry) => entry.path === path));
  if (twice !== undefined) throw failed(target, 'commit output', `${twice.path} is there already`);
  return { number: staging.base + 1, runs: [...current.runs, target.runId], entries: [...kept, ...added] };
}

export const trialStore: TrialStore = {
  name: 'trial',
  supports: ['overwritePartitions'],

  async begin({ target, signal }) {
    signal.throwIfAborted();
    const current = await newest<Entry>(target.path);
    if (current.number > 0 && target.mode === 'ignore') return 'skip';
    if (current.number > 0 && target.mode === 'error') throw exists(target);
    const directory = await makeStaging(target.path, stagingName(target.runId));
    await sweep(target.path, (runId) => current.runs.includes(runId));
    return { staging: { directory, base: current.number } };
  },

  async createFile({ target, staging, path, signal }) {
    signal.throwIfAborted();
    checkName(target, path);
    const name = target.kind === 'file' ? randomUUID() : digest(path);
    const at = join(staging.directory, name);
    return stagedFile(target, at, (checksum) =>
      join(staging.directory, stagedAt(target, { path, checksum })),
    );
  },

  async removeFile({ target, staging, file }) {
    // A later attempt at a single file may have the same content, so the same name; the commit goes by the manifest.
    if (target.kind === 'file') return;
    await rm(join(staging.directory, stagedAt(target, file)), { force: true });
  },

  async commit({ target, staging, manifest, signal }) {
    signal.throwIfAborted();
    const current = await newest<Entry>(target.path);
    if (current.runs.includes(target.runId)) return;
    if (current.number !== staging.base) throw conflict(target);
    const wanted = new Set(manifest.files.map((file) => stagedAt(target, file)));
    for (const file of manifest.files) {
      const facts = await stat(join(staging.directory, stagedAt(target, file))).catch(() => undefined);
      if (facts?.size !== file.bytes)
        throw failed(target, 'commit output', `its staged file ${file.path} is gone or not whole`);
    }
    for (const name of await readdir(staging.directory)) {
      if (!wanted.has(name)) await rm(join(staging.directory, name), { force: true });
    }
    const record = nextVersion(target, staging, manifest, current);
    if (!(await publishRecord(target.path, record, staging.directory))) throw conflict(target);
  },

  async verify({ target }) {
    return (await newest<Entry>(target.path)).runs.includes(target.runId);
  },

  async abort({ target, staging }) {
    if ((await newest<Entry>(target.path)).runs.includes(target.runId)) return;
    await removeStaging(target.path, staging.directory);
  },
};

async function stagedFile(
  target: StoreTarget,
  at: string,
  settled: (checksum: string) => string,
): Promise<StoreFile> {
  const file = await open(at, 'wx').catch((cause: unknown) => {
    throw failed(target, 'create file', `${basename(at)} cannot be created`, cause);
  });
  const hash = createHash('sha256');
  let bytes = 0;
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  return {
    async write(chunk) {
      // Copied, since it may lie on shared memory, which writeFile does not take everywhere.
      const own = Buffer.from(chunk);
      await file.writeFile(own);
      hash.update(own);
      bytes += own.length;
    },
    async close() {
      await file.sync();
      await close();
      const checksum = `sha256:${hash.digest('hex')}`;
      await rename(at, settled(checksum));
      return { bytes, checksum };
    },
    async abort() {
      await close();
      await rm(at, { force: true });
    },
  };
}

function checkName(target: StoreTarget, path: string): void {
  const isBad = path.includes('\0') || path.split('/').some((part) => ['', '.', '..'].includes(part));
  if (isBad) throw failed(target, 'create file', `the name ${JSON.stringify(path)} leads out of the target`);
}

function digest(path: string): string {
  return createHash('sha256').update(path).digest('hex');
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function exists({ path, output }: StoreTarget): TailraceError {
  return new TailraceError(`Output "${output}" cannot go to ${path}: it exists. Choose a mode.`, {
    code: 'TARGET_EXISTS',
    operation: 'begin output',
    context: { path },
  });
}

function conflict({ path, output }: StoreTarget): ConflictError {
  const message = `Output "${output}" was not published to ${path}: another run was first. Run it again.`;
  return new ConflictError(message, { operation: 'commit output', context: { path } });
}

export function failed(
  target: StoreTarget,
  operation: string,
  problem: string,
  cause?: unknown,
): TailraceError {
  return new TailraceError(
    `Output "${target.output}" cannot go to ${target.path}: ${problem}. Nothing has changed there; run it again.`,
    { code: 'STORE_FAILED', operation, status: 'permanent', context: { path: target.path }, cause },
  );
}
