// Owns which version of a dataset is read: found once, by its manifest, and looked at again so that no other is read for it.
import { createHash } from 'node:crypto';
import { type BigIntStats, createReadStream } from 'node:fs';
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Clock, ConflictError, decodeManifest, type Manifest } from '@tailrace/core';
import { contentError, fileError } from '../file-error.js';
import type { RangesOf } from '../remote/brought.js';

/** A dataset that was written with a manifest, as it was when it was opened. */
export interface Version {
  /** Where its files are: of generations the one that the path led to. */
  readonly root: string;
  readonly manifest: Manifest;
  readonly publish: 'swap' | 'generations';
  /**
   * Throws a ConflictError when a file is not the one of this version any more, SOURCE_FAILED when it has another size.
   * @param path relative to the root
   */
  check(path: string): Promise<void>;
  /**
   * Reads a file whole and throws SOURCE_FAILED when its SHA-256 is not the one of the manifest.
   * @param path relative to the root
   */
  checkContent(path: string, signal: AbortSignal): Promise<void>;
  /** Of a version that is not on this machine: brings what is wanted of a file to it, until it is let go. */
  bring?(
    path: string,
    rangesOf: RangesOf | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly path: string; release(): Promise<void> }>;
}

interface Found {
  readonly root: string;
  readonly kind: 'file' | 'directory';
  readonly identity: string;
  readonly manifest: Manifest | undefined;
  readonly publish: 'swap' | 'generations';
}

/** Looks at a path that is absent for a moment while it is replaced: so often, and so long between two looks. */
const looks = { count: 200, everyMs: 10 };

/**
 * What is at a path: a version with its manifest, or only the fact that there is a file or a directory without one.
 * @throws SOURCE_FAILED when nothing is there, or its manifest is of a later version of this library
 */
export async function versionAt(
  path: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Version | { readonly root: string; readonly kind: 'file' | 'directory' }> {
  const found = await look(path, clock, signal);
  const { root, kind, manifest, publish } = found;
  if (manifest === undefined) return { root, kind };
  const base = kind === 'file' ? dirname(root) : root;
  const entries = new Map(manifest.files.map((file) => [file.path, file]));
  let { identity } = found;
  return {
    root: base,
    manifest,
    publish,
    async check(file) {
      const wanted = entries.get(file);
      const now = await identityOf(root, kind);
      if (now !== identity) {
        // Replaced, or extended: then this file is there still, under the name that no other has.
        const current = now === undefined ? undefined : await manifestOf(root, kind);
        const same = current?.files.find((one) => one.path === file);
        if (now === undefined || same === undefined || same.checksum !== wanted?.checksum)
          throw replaced(path);
        identity = now;
      }
      const bytes = (await stat(join(base, file)).catch(() => undefined))?.size;
      if (bytes === undefined && (await identityOf(root, kind)) !== identity) throw replaced(path);
      if (bytes !== wanted?.bytes) {
        const is = bytes === undefined ? 'is not there' : `has ${bytes} bytes`;
        throw contentError(join(base, file), `${is}, and ${wanted?.bytes} are in the manifest of ${path}.`);
      }
    },
    async checkContent(file, signal) {
      const at = join(base, file);
      const found = await checksumOf(at, signal);
      const wanted = entries.get(file)?.checksum;
      if (found === wanted) return;
      throw contentError(
        at,
        `is not as it was written: it has the checksum ${found}, and ${wanted} is in the manifest of ${path}. Write or fetch it again.`,
        { checksum: found },
      );
    },
  };
}

async function checksumOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { signal })) hash.update(chunk);
  } catch (error) {
    signal.throwIfAborted();
    throw fileError(path, 'read file', error);
  }
  return `sha256:${hash.digest('hex')}`;
}

async function look(path: string, clock: Clock, signal: AbortSignal): Promise<Found> {
  for (let round = 1; ; round += 1) {
    signal.throwIfAborted();
    try {
      const root = await realpath(path);
      const kind = (await stat(root)).isDirectory() ? 'directory' : 'file';
      const before = await identityOf(root, kind);
      const manifest = await manifestOf(root, kind);
      const publish = (await isGeneration(path)) ? 'generations' : 'swap';
      // One version: what is read between two looks at the same directory.
      if (before !== undefined && (await identityOf(root, kind)) === before)
        return { root, kind, identity: before, manifest, publish };
    } catch (error) {
      if (!isAbsent(error) || !(await isBeingReplaced(path))) throw fileError(path, 'open dataset', error);
    }
    if (round === looks.count) throw replaced(path);
    await new Promise<void>((done) => clock.setTimeout(done, looks.everyMs));
  }
}

async function manifestOf(root: string, kind: Found['kind']): Promise<Manifest | undefined> {
  const at = manifestPath(root, kind);
  let text: string;
  try {
    text = await readFile(at, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  const manifest = decodeManifest(text);
  if (manifest !== undefined) return manifest;
  throw contentError(at, 'is no manifest that this version of the library reads.');
}

function manifestPath(root: string, kind: Found['kind']): string {
  return kind === 'directory'
    ? join(root, '_manifest.json')
    : join(dirname(root), `.${basename(root)}.manifest.json`);
}

/**
 * Another one means that the manifest has to be looked at again. File systems give the number of what was removed to what
 * is made next, so that the number of the target alone does not tell it from its successor.
 */
async function identityOf(root: string, kind: Found['kind']): Promise<string | undefined> {
  const target = await statOf(root);
  if (target === undefined) return undefined;
  const manifest = await statOf(manifestPath(root, kind));
  const { dev, ino } = target;
  return [dev, ino, manifest?.ino, manifest?.size, manifest?.mtimeNs, manifest?.ctimeNs].join(':');
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** A link to a directory of `.<name>.gen` beside it. */
async function isGeneration(path: string): Promise<boolean> {
  const absolute = resolve(path);
  if (!(await lstat(absolute)).isSymbolicLink()) return false;
  return basename(dirname(await realpath(absolute))) === `.${basename(absolute)}.gen`;
}

/** What a run that is exchanging a dataset has beside it. */
async function isBeingReplaced(path: string): Promise<boolean> {
  const absolute = resolve(path);
  const names = await readdir(dirname(absolute)).catch(() => []);
  const name = basename(absolute);
  return names.some((one) => one === `.${name}.commit` || one.startsWith(`.${name}.old-`));
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function replaced(path: string): ConflictError {
  return new ConflictError(
    `The dataset '${path}' was replaced while it was read. Open it again; where readers and writers meet often, write it ` +
      `with publish: 'generations', which keeps the version that was opened.`,
    { operation: 'read dataset', context: { path } },
  );
}
