import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attemptIn, discard, mendPath, newStagedPlace, publish } from './staged-place.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-staged-'));
  path = join(folder, 'out');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What Spark leaves of a write, complete or not. */
async function written(text: string, isComplete = true): Promise<{ place: string; attempt: string }> {
  const place = newStagedPlace(path);
  const attempt = attemptIn(place, 0, 1);
  await mkdir(attempt, { recursive: true });
  await writeFile(join(attempt, 'part-0'), text);
  if (isComplete) await writeFile(join(attempt, '_SUCCESS'), '');
  return { place, attempt };
}
const content = (): Promise<string> => readFile(join(path, 'part-0'), 'utf8');

describe('a staged output', () => {
  it('is put in place as a whole, and leaves nothing beside it', async () => {
    const { place, attempt } = await written('new');
    await publish(attempt, path, false);
    await discard(place);
    expect(await content()).toBe('new');
    expect(await readdir(folder)).toEqual(['out']);
  });

  it('takes the place of what was there, if it may', async () => {
    await publish((await written('old')).attempt, path, false);
    const { place, attempt } = await written('new');
    await expect(publish(attempt, path, false)).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    expect(await content()).toBe('old');
    await publish(attempt, path, true);
    await publish(attempt, path, true);
    await discard(place);
    expect(await content()).toBe('new');
    expect((await readdir(folder)).filter((name) => name.includes('tailrace-old'))).toEqual([]);
  });

  it('that is incomplete, or not on this machine, is not put in place', async () => {
    const { attempt } = await written('half', false);
    await expect(publish(attempt, path, true)).rejects.toThrow('it is not here');
    await expect(publish(join(folder, 'elsewhere'), path, true)).rejects.toThrow('it is not here');
    expect((await readdir(folder)).includes('out')).toBe(false);
  });

  /** Where what stood there is, while the output of this place takes its place. */
  const oldOf = (place: string): string => place.replace('.out.tailrace-', '.out.tailrace-old-');

  it('whose process died between the two renames finds the old one back in its place', async () => {
    await publish((await written('old')).attempt, path, false);
    const { place } = await written('new');
    await rename(path, oldOf(place));
    await mendPath(path);
    await mendPath(path);
    expect(await content()).toBe('old');
  });

  it('whose process died behind them leaves no old one for the next', async () => {
    await publish((await written('new')).attempt, path, false);
    const { place, attempt } = await written('older');
    await rename(attempt, oldOf(place));
    await mendPath(path);
    expect(await content()).toBe('new');
    expect((await readdir(folder)).filter((name) => name.includes('tailrace-old'))).toEqual([]);
  });

  it('does not come back where its successor was removed', async () => {
    const { place, attempt } = await written('older');
    await rename(attempt, oldOf(place));
    await mendPath(path);
    await expect(content()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leaves what is beside another path whose name goes on like this', async () => {
    await publish((await written('new')).attempt, path, false);
    const other = join(folder, '.out.tailrace-old-other.tailrace-00112233-4455-6677-8899-aabbccddeeff');
    await mkdir(other);
    await mendPath(path);
    expect(await readdir(folder)).toContain(basename(other));
  });

  it('that cannot be put in place gives the place back to what stood there', async () => {
    await publish((await written('old')).attempt, path, false);
    const { attempt } = await written('new');
    // A directory under this name can be read, and not renamed.
    await expect(publish(`${attempt}/.`, path, true)).rejects.toMatchObject({ syscall: 'rename' });
    expect(await content()).toBe('old');
  });
});
