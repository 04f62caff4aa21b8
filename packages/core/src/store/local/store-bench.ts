// Owns what the tests of the local store share: a scratch directory, a store over injected faults, and whole outputs
// written and read in one call. For unit tests only.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { PublishWay, ReplacedFile, StagedFile, WriteMode } from '../../sink/sink.js';
import type { Manifest, StoreTarget } from '../../sink/store.js';
import { mortalLeases, recordedFileSystem } from './fault-injection.js';
import type { FileSystem } from './file-system.js';
import type { Leases } from './lease.js';
import type { LocalStaging } from './local-staging.js';
import { localStore } from './local-store.js';
import type { Fate, Owner } from './owner.js';

/** Relative path to text. */
export type Contents = Readonly<Record<string, string>>;

export interface OutputPlan {
  readonly path: string;
  readonly runId: string;
  readonly contents: Contents;
  readonly kind?: StoreTarget['kind'];
  readonly mode?: WriteMode;
  readonly publish?: PublishWay;
  readonly adopt?: boolean;
  readonly keepGenerations?: number;
  readonly keepGenerationsMs?: number;
  readonly replaces?: readonly ReplacedFile[];
  /** Default `daily`. */
  readonly output?: string;
}

export const options = { kind: 'local' } as const;
export const signal: AbortSignal = new AbortController().signal;
/** Far away from every scratch directory. */
const surroundings = () => ({ workingDirectory: '/nowhere/work', homeDirectory: '/nowhere/home' }) as const;

/** Gives every test of a file a scratch directory of its own, as a real path, and removes it afterwards. */
export function inScratch(use: (scratch: string) => void, root?: string): void {
  let made = '';
  beforeEach(async () => {
    made = await scratchDirectory(root);
    use(made);
  });
  afterEach(() => rm(made, { recursive: true }));
}

export async function scratchDirectory(root: string = tmpdir()): Promise<string> {
  return realpath(await mkdtemp(join(root, 'tailrace-store-')));
}

/** For sweeps over the order of calls, which ask nothing of a disk: there each of their many thousand fsyncs would wait. */
export const inMemory: string = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export function targetOf(plan: OutputPlan): StoreTarget {
  const { path, runId, kind = 'directory', mode = 'error', publish = 'swap', adopt = false } = plan;
  const { keepGenerations, keepGenerationsMs, replaces, output = 'daily' } = plan;
  const target = { path, runId, kind, mode, publish, adopt, keepGenerations, keepGenerationsMs, output };
  return { ...target, ...(replaces === undefined ? {} : { replaces }) };
}

export function manifestOf(target: StoreTarget, files: readonly StagedFile[]): Manifest {
  return {
    version: 1,
    runId: target.runId,
    output: target.output,
    format: 'text',
    schema: 'line: utf8',
    partitionBy: [],
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    files,
  };
}

/** Every store of a test is that of another process. */
const owner: Owner = {
  pid: 1,
  start: '1',
  host: 'host',
  boot: 'boot',
  pidSpace: 'pid:[1]',
  leaseSpace: 'net:[1]',
};

interface StoreCircumstances {
  readonly now?: () => number;
  /** What can be known of the processes that left something. */
  readonly fate?: Fate;
  /** Default true: the self-test would be among the calls of every test. */
  readonly isTrusted?: boolean;
}

export type Store = ReturnType<typeof localStore>;

export function storeOver(
  fs: FileSystem = recordedFileSystem().fs,
  leases: Leases = mortalLeases(),
  { now = Date.now, fate = 'gone', isTrusted = true }: StoreCircumstances = {},
): Store {
  const owners = { self: async () => owner, fateOf: async () => fate };
  return localStore({ fs, leases, surroundings, owners, now, isTrusted });
}

export interface Begun {
  readonly target: StoreTarget;
  readonly staging: LocalStaging;
}

export interface Staged extends Begun {
  readonly manifest: Manifest;
}

/** Fails when the store says `skip`. */
export async function begin(store: Store, plan: OutputPlan): Promise<Begun> {
  const target = targetOf(plan);
  const begun = await store.begin({ options, target, signal });
  if (begun === 'skip') throw new Error('the store skipped the output');
  return { target, staging: begun.staging };
}

/** Everything up to the commit. */
export async function stage(store: Store, plan: OutputPlan): Promise<Staged> {
  const begun = await begin(store, plan);
  return { ...begun, manifest: await stageFiles(store, begun, plan.contents) };
}

export async function stageFiles(store: Store, begun: Begun, contents: Contents): Promise<Manifest> {
  const files: StagedFile[] = [];
  for (const [path, text] of Object.entries(contents)) {
    const file = await store.createFile({ options, signal, path, ...begun });
    await file.write(new TextEncoder().encode(text));
    files.push({ path, rows: 1, ...(await file.close()) });
  }
  return manifestOf(begun.target, files);
}

export function commit(store: Store, staged: Staged): Promise<void> {
  return store.commit({ options, signal, ...staged });
}

/** A whole output, committed. */
export async function publish(store: Store, plan: OutputPlan): Promise<Staged> {
  const staged = await stage(store, plan);
  await commit(store, staged);
  return staged;
}

/** What a reader finds at a path: its files but the manifest, or undefined. */
export async function readPublished(path: string): Promise<Contents | undefined> {
  const names = await readdir(path, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      if (error.code === 'ENOTDIR') return 'file';
      throw error;
    },
  );
  if (names === undefined) return undefined;
  if (names === 'file') return { [basename(path)]: await readFile(path, 'utf8') };
  const contents: Record<string, string> = {};
  for (const entry of names) {
    if (entry.isDirectory() || entry.name === '_manifest.json') continue;
    const file = join(entry.parentPath, entry.name);
    contents[file.slice(path.length + 1)] = await readFile(file, 'utf8');
  }
  return contents;
}

/** Files of a dataset, as its manifest has them. */
export function entriesOf(contents: Contents): ReplacedFile[] {
  return Object.entries(contents).map(([path, text]) => ({ path, rows: 1, checksum: checksumOf(text) }));
}

export function checksumOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
