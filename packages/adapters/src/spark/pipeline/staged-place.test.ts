import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publicationAt } from './publication-mark.js';
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
const owner = { runId: 'run-1', output: 'out', key: 'k', rows: 1 };
const content = (): Promise<string> => readFile(join(path, 'part-0'), 'utf8');

describe('a staged output', () => {
  it('is put in place as a whole, and leaves nothing beside it', async () => {
    const { place, attempt } = await written('new');
    await publish(attempt, path, false, owner);
    await discard(place);
    expect(await content()).toBe('new');
    expect(await readdir(folder)).toEqual(['out']);
  });

  it('takes the place of what was there, if it may', async () => {
    await publish((await written('old')).attempt, path, false, owner);
    const { place, attempt } = await written('new');
    await expect(publish(attempt, path, false, owner)).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    expect(await content()).toBe('old');
    const next = { ...owner, runId: 'run-2' };
    await publish(attempt, path, true, next);
    await publish(attempt, path, true, next);
    await expect(publish(attempt, path, true, owner)).rejects.toThrow('there is no _SUCCESS here');
    await discard(place);
    expect(await content()).toBe('new');
    expect((await readdir(folder)).filter((name) => name.includes('tailrace-old'))).toEqual([]);
  });

  it('says whose it is, and whether all of it is there', async () => {
    await publish((await written('new')).attempt, path, false, owner);
    const { mark, whole } = (await publicationAt(path)) ?? {};
    expect([mark, whole]).toEqual([{ format: 1, ...owner, files: 2, bytes: 3 }, true]);
    await writeFile(join(path, 'part-0'), 'less or more');
    expect((await publicationAt(path))?.whole).toBe(false);
  });

  it('is nobody in particular where there is no mark, or another thing under its name', async () => {
    expect(await publicationAt(path)).toBeUndefined();
    await mkdir(path);
    for (const text of ['', '{', '[]', '{"format":1}', 'null']) {
      await writeFile(join(path, '_tailrace-spark.json'), text);
      expect(await publicationAt(path)).toBeUndefined();
    }
  });

  it('that is incomplete, or not on this machine, is not put in place', async () => {
    const { attempt } = await written('half', false);
    await expect(publish(attempt, path, true, owner)).rejects.toThrow('there is no _SUCCESS here');
    await expect(publish(join(folder, 'elsewhere'), path, true, owner)).rejects.toThrow(
      'there is no _SUCCESS here',
    );
    expect((await readdir(folder)).includes('out')).toBe(false);
  });

  /** Where what stood there is, while the output of this place takes its place. */
  const oldOf = (place: string): string => place.replace('.out.tailrace-', '.out.tailrace-old-');

  it('whose process died between the two renames finds the old one back in its place', async () => {
    await publish((await written('old')).attempt, path, false, owner);
    const { place } = await written('new');
    await rename(path, oldOf(place));
    await mendPath(path);
    await mendPath(path);
    expect(await content()).toBe('old');
  });

  it('whose process died behind them leaves no old one for the next', async () => {
    await publish((await written('new')).attempt, path, false, owner);
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
    await publish((await written('new')).attempt, path, false, owner);
    const other = join(folder, '.out.tailrace-old-other.tailrace-00112233-4455-6677-8899-aabbccddeeff');
    await mkdir(other);
    await mendPath(path);
    expect(await readdir(folder)).toContain(basename(other));
  });

  it('that cannot be put in place gives the place back to what stood there', async () => {
    await publish((await written('old')).attempt, path, false, owner);
    const { attempt } = await written('new');
    // A directory under this name can be read, and not renamed.
    await expect(publish(`${attempt}/.`, path, true, owner)).rejects.toMatchObject({ syscall: 'rename' });
    expect(await content()).toBe('old');
  });
});
