// What a reader of a local path sees while it is replaced, and the module that the store is loaded from.
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import definition from './module.js';
import {
  begin,
  commit,
  inScratch,
  options,
  publish,
  readPublished,
  signal,
  stage,
  storeOver,
} from './store-bench.js';

let out = '';
let scratch = '';
inScratch((made) => {
  scratch = made;
  out = join(made, 'out');
});

const parts = ['a=1/part', 'a=2/part', 'part'];
const version = (number: number) => ({
  path: out,
  runId: `run-${number}`,
  mode: 'overwrite' as const,
  contents: Object.fromEntries(parts.map((path) => [path, `version ${number}\n`])),
});

/** Reads through an open directory, which stays the same one however the path is swapped. */
async function readThroughHandle(): Promise<Set<string>> {
  const handle = await open(out, 'r');
  const versions = new Set<string>();
  try {
    for (const part of parts) {
      // A version that was replaced meanwhile is being removed: its files vanish, they never change.
      const text = await readFile(`/proc/self/fd/${handle.fd}/${part}`, 'utf8').catch(() => undefined);
      if (text !== undefined) versions.add(text);
    }
  } finally {
    await handle.close();
  }
  return versions;
}

describe.runIf(process.platform === 'linux')('a reader that holds the directory open', () => {
  it('never finds files of two versions in it while the path is overwritten', async () => {
    const store = storeOver();
    await publish(store, version(0));
    let reads = 0;
    const seen = new Set<string>();
    let isWriting = true;
    const reading = (async () => {
      while (isWriting) {
        // Between the two renames the path is absent: the promise says so.
        const found = await readThroughHandle().catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error;
          return new Set<string>();
        });
        expect(found.size).toBeLessThanOrEqual(1);
        for (const text of found) seen.add(text);
        reads += 1;
      }
    })();
    for (let number = 1; number <= 40; number += 1) await publish(store, version(number));
    isWriting = false;
    await reading;
    expect(reads).toBeGreaterThan(40);
    expect(seen.size).toBeGreaterThan(3);
  });
});

describe('the module that workers and the main thread load', () => {
  it('publishes on the real file system, and refuses a second run meanwhile', async () => {
    const staged = await stage(definition, version(1));
    await expect(begin(definition, version(2))).rejects.toMatchObject({ code: 'CONFLICT' });
    await commit(definition, staged);
    expect(await readPublished(out)).toEqual(version(1).contents);
    expect(await definition.verify({ options, signal, ...staged })).toBe(true);
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it('refuses to replace the working directory', async () => {
    await expect(begin(definition, { ...version(1), path: process.cwd() })).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining('is or contains the working directory'),
    });
  });
});
