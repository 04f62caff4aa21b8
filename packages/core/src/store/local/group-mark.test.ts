import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordedFileSystem } from './fault-injection.js';
import { type Marked, readMark, writeMark } from './group-mark.js';
import { groupMarkName, type Place, stagePaths } from './place.js';
import { inMemory, inScratch, manifestOf, targetOf } from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
}, inMemory);
const { fs } = recordedFileSystem();
const whole = { path: '/x', kind: 'directory', mode: 'append', runId: 'run', output: 'o' };

async function marked(parent = join(scratch, 'tree/a')): Promise<Marked> {
  const place: Place = { parent, name: 'daily', path: join(parent, 'daily') };
  const target = targetOf({ path: place.path, runId: 'run', contents: {}, mode: 'append' });
  const paths = stagePaths(place, 'run');
  await mkdir(paths.stage, { recursive: true });
  const places = [paths.stage, join(scratch, 'tree/b/.flag.stage-run')];
  const files = [{ path: 'part-0', rows: 2, bytes: 3, checksum: 'sha256:00' }];
  return {
    group: { id: 'g-1', name: 'nightly', places },
    place,
    paths,
    target,
    manifest: manifestOf(target, files),
    base: { isVacant: false, runId: 'before', partitions: new Map([['day=1', 'abc']]) },
  };
}

describe('the mark of a group', () => {
  it('tells another process all that it needs', async () => {
    const mark = await marked();
    await writeMark(fs, mark);
    expect(await readMark(fs, mark.paths.stage)).toEqual(mark);
    // Again, as after a temporary error.
    await writeMark(fs, mark);
    expect(await readMark(fs, mark.paths.stage)).toEqual(mark);
  });

  it('says nothing of the base in marks of earlier versions, and does not bring the content of a target along', async () => {
    const { target, ...mark } = await marked();
    const content = { format: 'csv', partitionBy: [] };
    await writeMark(fs, { ...mark, target: { ...target, content }, base: undefined });
    expect(await readMark(fs, mark.paths.stage)).toEqual({ ...mark, target, base: undefined });
    const bare = { isVacant: true, runId: undefined, partitions: undefined };
    await writeMark(fs, { ...mark, target, base: bare });
    expect(await readMark(fs, mark.paths.stage)).toEqual({ ...mark, target, base: bare });
  });

  it('still finds the other members when a tree that holds all of them was moved', async () => {
    await writeMark(fs, await marked());
    await rename(join(scratch, 'tree'), join(scratch, 'moved'));
    const found = await readMark(fs, join(scratch, 'moved/a/.daily.stage-run'));
    const places = [join(scratch, 'moved/a/.daily.stage-run'), join(scratch, 'moved/b/.flag.stage-run')];
    expect(found).toMatchObject({ place: { path: join(scratch, 'moved/a/daily') }, group: { places } });
  });

  it('is none when the stage has none, or is gone', async () => {
    const { paths } = await marked();
    expect(await readMark(fs, paths.stage)).toBeUndefined();
    expect(await readMark(fs, join(scratch, 'nowhere'))).toBeUndefined();
  });

  it('is known to be torn, wherever it is cut', async () => {
    const { paths, ...mark } = await marked();
    await writeMark(fs, { paths, ...mark });
    const text = await readFile(join(paths.stage, groupMarkName), 'utf8');
    const whole = text.trimEnd().length;
    for (let length = 0; length < whole; length += 7) {
      await writeFile(join(paths.stage, groupMarkName), text.slice(0, length));
      expect(await readMark(fs, paths.stage), `cut at ${length}`).toBe('torn');
    }
  });

  it.each([
    ['is of another version', { version: 2 }],
    ['has no id', { id: 1 }],
    ['has no stages', { stages: 'all' }],
    ['names another target than its stage is of', { name: 'other' }],
    [
      'has a target of an unknown mode',
      { target: { path: '/x', kind: 'file', mode: 'x', runId: 'run', output: 'o' } },
    ],
    ['has a broken manifest', { manifest: '{}' }],
    ['has a target with files to replace that are none', { target: { ...whole, replaces: [{ path: 1 }] } }],
    ['has a target that is taken over perhaps', { target: { ...whole, takeOver: 'perhaps' } }],
    ['has a target whose run has no name', { target: { ...whole, runId: '../run' } }],
    ['names a target elsewhere', { name: 'x/../.daily' }],
    [
      'has a base without partitions or the word that there are none',
      { base: { isVacant: true, runId: null } },
    ],
    ['has a base of no run', { base: { isVacant: true, runId: 1, partitions: null } }],
  ])('is of somebody else when it %s', async (_, change) => {
    const mark = await marked();
    await writeMark(fs, mark);
    const path = join(mark.paths.stage, groupMarkName);
    const value: object = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...value, ...change }));
    expect(await readMark(fs, mark.paths.stage)).toBe('foreign');
  });

  it('is not guessed when the disk cannot read it', async () => {
    const mark = await marked();
    await writeMark(fs, mark);
    const failing = recordedFileSystem({
      fault: ({ name }) => (name === 'readFile' ? { errno: 'EIO' } : undefined),
    });
    await expect(readMark(failing.fs, mark.paths.stage)).rejects.toMatchObject({ code: 'EIO' });
  });
});
