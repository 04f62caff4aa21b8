// The suite of every store, over this one: copy it with the store.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customStore } from '@tailrace/core/sink';
import { type StorePlace, testStore } from '@tailrace/core/testing';
import { describe, it } from 'vitest';
import { readVersion } from './versions.js';

/** A target that does not exist yet, and what a reader finds there. */
async function place(kind: 'file' | 'directory'): Promise<StorePlace> {
  const base = await mkdtemp(join(tmpdir(), 'tailrace-versioned-'));
  const path = join(base, kind === 'file' ? 'table.txt' : 'table');
  const nameOf = (file: string): string => (kind === 'file' ? '.' : file);
  return {
    path,
    async files() {
      return (await readVersion(path)).files.map((file) => nameOf(file.path));
    },
    async read(name) {
      const { files } = await readVersion(path);
      const found = files.find((file) => nameOf(file.path) === name);
      return readFile(join(path, found?.at ?? ''));
    },
    async leftovers() {
      const beside = (await readdir(base)).filter((name) => !path.endsWith(name));
      // The directories of runs that were published hold what readers see.
      const { runs } = await readVersion(path);
      const staged = (await readdir(path).catch(() => [])).filter(
        (name) => name.startsWith('run-') && !runs.some((run) => name.endsWith(`-${run}`)),
      );
      return [...beside, ...staged];
    },
    dispose: () => rm(base, { recursive: true, force: true }),
  };
}

testStore(
  { describe, it },
  {
    name: 'the versioned store',
    // The built module, as the worker threads load it.
    store: customStore(new URL('../../dist/05-custom-store/stores/versioned-store.js', import.meta.url)),
    // A second run is refused when it commits, not when it begins.
    exclusive: false,
    place,
  },
);
