import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Version, versionAt } from './version.js';

const never = new AbortController().signal;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-version-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Puts a manifest of one file in its place, as a commit does: the new one is there before the old one is gone. */
function publish(at: string, runId: string, file: string, checksum: string): void {
  const manifest = {
    ...{ version: 1, runId, output: 'out', format: 'csv', schema: 'n: int32', partitionBy: [] },
    ...{ rows: 1, bytes: 4, files: [{ path: file, rows: 1, bytes: 4, checksum }] },
  };
  writeFileSync(`${at}.next`, JSON.stringify(manifest));
  renameSync(`${at}.next`, at);
}
async function opened(path: string): Promise<Version> {
  const version = await versionAt(path, systemClock, never);
  if (!('manifest' in version)) throw new Error('no manifest');
  return version;
}

describe.each(['directory', 'file'] as const)('a version of a %s', (kind) => {
  const paths = (): { path: string; manifest: string; data: string; name: string } => {
    const path = join(folder, kind === 'directory' ? 'out' : 'out.csv');
    if (kind === 'directory') mkdirSync(path, { recursive: true });
    return kind === 'directory'
      ? { path, manifest: join(path, '_manifest.json'), data: join(path, 'a.csv'), name: 'a.csv' }
      : { path, manifest: join(folder, '.out.csv.manifest.json'), data: path, name: 'out.csv' };
  };

  it('is not taken for another of the same size that has got the number of what it replaced', async () => {
    const { path, manifest, data, name } = paths();
    writeFileSync(data, 'n\n1\n');
    publish(manifest, 'run-1', name, 'one');
    const version = await opened(path);
    await version.check(name);
    // What a file system does that gives the number again is the same as writing in place.
    writeFileSync(data, 'n\n2\n');
    publish(manifest, 'run-2', name, 'two');
    await expect(version.check(name)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('goes on when the dataset was published again with the file as it was', async () => {
    const { path, manifest, data, name } = paths();
    writeFileSync(data, 'n\n1\n');
    publish(manifest, 'run-1', name, 'one');
    const version = await opened(path);
    publish(manifest, 'run-2', name, 'one');
    await version.check(name);
    await version.check(name);
  });
});
