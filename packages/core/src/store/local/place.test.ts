import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlanError } from '../../errors/named-errors.js';
import { nodeFileSystem } from './file-system.js';
import { type Place, refuseProtected, resolvePlace, runIdOfStage, stagedPath, stagePaths } from './place.js';
import { targetOf } from './store-bench.js';

const around = { workingDirectory: '/home/ann/project', homeDirectory: '/home/ann' };
const placeOf = (path: string): Place => {
  const at = path.lastIndexOf('/');
  return { path, parent: path.slice(0, at) || '/', name: path.slice(at + 1) };
};
const target = (path: string) => targetOf({ path, runId: 'run', contents: {} });

describe('a target', () => {
  it.each(['/', '/home', '/home/ann', '/home/ann/project'])(
    'is refused when it is or holds a directory that is never replaced: %s',
    (path) => {
      const refuse = (): void => refuseProtected(placeOf(path), target(path), around);
      expect(refuse).toThrow(PlanError);
      expect(refuse).toThrow(/is or contains the (root|home|working) directory/);
    },
  );

  it.each(['/home/ann/project/out', '/home/ann/data', '/home/anna', '/data', '/home/ann/..out'])(
    'is taken elsewhere: %s',
    (path) => {
      expect(() => refuseProtected(placeOf(path), target(path), around)).not.toThrow();
    },
  );

  it('is refused when its path is relative', async () => {
    await expect(resolvePlace(nodeFileSystem, target('out/daily'))).rejects.toThrow(PlanError);
  });

  it('may lie in directories that do not exist yet', async () => {
    const place = await resolvePlace(nodeFileSystem, target('/nowhere-at-all/a/../b/out'));
    expect(place).toEqual({ path: '/nowhere-at-all/b/out', parent: '/nowhere-at-all/b', name: 'out' });
  });

  it('is refused below a link to nothing, and where the way to it cannot be looked at', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-place-'));
    try {
      await symlink(join(folder, 'gone'), join(folder, 'dangling'));
      await expect(
        resolvePlace(nodeFileSystem, target(join(folder, 'dangling', 'out'))),
      ).rejects.toMatchObject({
        code: 'PLAN_INVALID',
        message: expect.stringContaining(`${join(folder, 'dangling')} is a symbolic link to nothing`),
      });
      const realpath = async (): Promise<string> => {
        throw Object.assign(new Error('EACCES: injected'), { code: 'EACCES' });
      };
      await expect(
        resolvePlace({ ...nodeFileSystem, realpath }, target(join(folder, 'out'))),
      ).rejects.toMatchObject({ code: 'STORE_FAILED', context: { errno: 'EACCES' } });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('may lie in a directory that another output makes at the same moment', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-place-'));
    const made = join(folder, 'new');
    let asked = 0;
    const fs = {
      ...nodeFileSystem,
      async realpath(path: string) {
        try {
          return await nodeFileSystem.realpath(path);
        } catch (error) {
          if (path === made && asked++ === 0) await mkdir(made);
          throw error;
        }
      },
    };
    try {
      expect(await resolvePlace(fs, target(join(made, 'out')))).toMatchObject({ parent: made, name: 'out' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a staged path', () => {
  const place = placeOf('/data/out');
  const paths = stagePaths(place, 'run');
  const inDirectory = (path: string): string => stagedPath(place, paths, 'directory', path);

  it('lies in the stage, whatever is asked for, or is refused', () => {
    const piece = fc.oneof(fc.constantFrom('..', '.', '', '/', 'a=1', '\0', '_manifest.json'), fc.string());
    void fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        let made: string;
        try {
          made = inDirectory(pieces.join('/'));
        } catch (error) {
          expect(error).toBeInstanceOf(PlanError);
          return;
        }
        expect(made.startsWith(`${paths.work}/`)).toBe(true);
        expect(made.slice(paths.work.length + 1)).toBe(pieces.join('/'));
      }),
    );
  });

  it.each(['', '/etc/passwd', '../x', 'a/../../x', 'a//b', './a', 'a/', '_manifest.json', 'a\0b'])(
    '%j is refused',
    (path) => {
      expect(() => inDirectory(path)).toThrow(PlanError);
    },
  );

  it('keeps partition directories', () => {
    expect(inDirectory('a=1/b=%2F/part')).toBe('/data/.out.stage-run/.work/a=1/b=%2F/part');
  });
});

describe('the name of a stage', () => {
  it('tells its run, and is never mistaken for that of a target with a longer name', () => {
    const name = fc.stringMatching(/^[a-z.-]{1,12}$/);
    const runId = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
    void fc.assert(
      fc.property(name, name, runId, (ours, theirs, run) => {
        const stage = stagePaths(placeOf(`/data/${theirs}`), run).stage.slice('/data/'.length);
        expect(runIdOfStage(placeOf(`/data/${ours}`), stage)).toBe(ours === theirs ? run : undefined);
      }),
    );
  });
});
