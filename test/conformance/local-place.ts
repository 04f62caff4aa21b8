// Owns a target in a temporary directory as a reader sees it, for the suites of everything that writes local files.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { StorePlace } from '@tailrace/core/testing';

export interface LocalPlace extends StorePlace {
  /** Absolute path of one of `files()`. */
  pathOf(file: string): string;
}

export async function localPlace(name: string): Promise<LocalPlace> {
  const base = await mkdtemp(join(tmpdir(), 'tailrace-conformance-'));
  const path = join(base, name);
  const pathOf = (file: string): string => join(path, file);

  return {
    path,
    pathOf,
    async files() {
      const facts = await stat(path).catch(() => undefined);
      if (facts === undefined) return [];
      if (facts.isFile()) return ['.'];
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      const files = entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(path, join(entry.parentPath, entry.name)));
      return files.filter((file) => file !== '_manifest.json').sort();
    },
    read: (file) => readFile(pathOf(file)),
    async leftovers() {
      const beside = await readdir(base);
      // The manifest of a single file stays beside it, and so do the generations that a link names.
      const kept = [name, `.${name}.manifest.json`, `.${name}.gen`];
      return beside.filter((entry) => !kept.includes(entry));
    },
    dispose: () => rm(base, { recursive: true, force: true }),
  };
}
