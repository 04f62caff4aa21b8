import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  unlink,
  utimes,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WriteMode } from '../../sink/sink.js';
import { decodeManifest } from '../manifest.js';
import { recordedFileSystem } from './fault-injection.js';
import {
  begin,
  type Contents,
  commit,
  inScratch,
  type OutputPlan,
  options,
  publish,
  readPublished,
  signal,
  stage,
  storeOver,
  targetOf,
} from './store-bench.js';

let scratch = '';
let out = '';
inScratch((made) => {
  scratch = made;
  out = join(made, 'out');
});

const old = { 'part-old': 'old\n', 'state=CA/part-old': 'old too\n' };
const fresh = { 'part-new': 'new\n', 'state=CA/part-new': 'new too\n' };

function plan(runId: string, mode: WriteMode = 'overwrite', contents: Contents = fresh): OutputPlan {
  return { path: out, runId, mode, contents, publish: 'generations' };
}
const publishOld = () => publish(storeOver(), plan('before', 'error', old));
const generations = () => readdir(join(scratch, '.out.gen'));

describe('an output that is published by generations', () => {
  it('is a link to the first of them, and nothing else is left', async () => {
    await publish(storeOver(), plan('run', 'error'));
    expect(await readlink(out)).toBe('.out.gen/00000001');
    expect(await readPublished(out)).toEqual(fresh);
    expect((await readdir(scratch)).sort()).toEqual(['.out.gen', 'out']);
    expect((await lstat(join(scratch, '.out.gen/00000001'))).mode & 0o700).toBe(0o700);
  });

  it('takes an empty directory, and refuses in mode error what it has published', async () => {
    await mkdir(out);
    await publishOld();
    await expect(begin(storeOver(), plan('run', 'error'))).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    expect(await storeOver().begin({ options, signal, target: targetOf(plan('run', 'ignore')) })).toBe(
      'skip',
    );
    expect((await readdir(scratch)).sort()).toEqual(['.out.gen', 'out']);
  });

  it('is never absent while it is replaced, and the version before stays for those who read it', async () => {
    await publishOld();
    const reading = await realpath(out);
    const { fs } = recordedFileSystem();
    let looks = 0;
    const watched = {
      ...fs,
      rename: async (from: string, to: string) => {
        expect([old, fresh]).toContainEqual(await readPublished(out));
        looks += 1;
        await fs.rename(from, to);
        expect([old, fresh]).toContainEqual(await readPublished(out));
      },
    };
    await publish(storeOver(watched), plan('run'));
    expect(looks).toBeGreaterThan(1);
    expect(await readPublished(out)).toEqual(fresh);
    expect(await readPublished(reading)).toEqual(old);
  });

  it.each([
    ['append', { ...old, ...fresh }],
    ['overwritePartitions', { 'part-old': 'old\n', 'state=CA/part-new': 'new too\n' }],
  ] as const)(
    'in mode %s links files that stay, and does not touch the generation before',
    async (mode, after) => {
      await publishOld();
      const contents = mode === 'append' ? fresh : { 'state=CA/part-new': 'new too\n' };
      await publish(storeOver(), plan('run', mode, contents));
      expect(await readPublished(out)).toEqual(after);
      const [first, second] = ['00000001', '00000002'].map((name) =>
        join(scratch, '.out.gen', name, 'part-old'),
      );
      expect((await lstat(first ?? '')).ino).toBe((await lstat(second ?? '')).ino);
      expect(await readPublished(join(scratch, '.out.gen/00000001'))).toEqual(old);
      const manifest = decodeManifest(await readFile(join(out, '_manifest.json'), 'utf8'));
      expect(manifest).toMatchObject({ runId: 'run', follows: 'before', rows: Object.keys(after).length });
    },
  );

  it('of one run id is published once, also by another process that knows nothing of the first', async () => {
    await publishOld();
    await publish(storeOver(), plan('run', 'append'));
    for (const mode of ['append', 'error'] as const) {
      const again = await publish(storeOver(), plan('run', mode, { 'part-again': 'twice\n' }));
      expect(await storeOver().verify({ options, signal, ...again })).toBe(true);
    }
    expect(await readPublished(out)).toEqual({ ...old, ...fresh });
    expect(await generations()).toEqual(['00000001', '00000002']);
    expect((await readdir(scratch)).sort()).toEqual(['.out.gen', 'out']);
  });

  it('leaves nothing after an abort', async () => {
    const store = storeOver();
    await store.abort({ options, signal, ...(await stage(store, plan('run'))) });
    expect(await readdir(scratch)).toEqual([]);
  });

  it('lies where a link of the user leads to', async () => {
    await mkdir(join(scratch, 'disk'));
    await mkdir(join(scratch, 'disk/real'));
    await symlink('disk/real', out);
    for (const runId of ['one', 'two']) await publish(storeOver(), plan(runId));
    expect(await readlink(out)).toBe('disk/real');
    expect(await readlink(join(scratch, 'disk/real'))).toBe('.real.gen/00000002');
    expect(await readPublished(out)).toEqual(fresh);
  });

  it('is not one file', async () => {
    await expect(begin(storeOver(), { ...plan('run'), kind: 'file' })).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining('by generations, which are directories'),
    });
  });
});

describe('a plain directory', () => {
  it('is refused, unless it is to be adopted: then it becomes the first generation', async () => {
    await publish(storeOver(), { path: out, runId: 'before', contents: old });
    await expect(begin(storeOver(), plan('run'))).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining('adopt: true'),
    });
    await publish(storeOver(), { ...plan('run'), adopt: true });
    expect(await readPublished(out)).toEqual(fresh);
    expect(await readPublished(join(scratch, '.out.gen/00000001'))).toEqual(old);
    expect(await readlink(out)).toBe('.out.gen/00000002');
  });

  it('that has taken the place of the link is left alone', async () => {
    await publishOld();
    await rm(out);
    await mkdir(join(out, 'by hand'), { recursive: true });
    await expect(begin(storeOver(), { ...plan('run'), adopt: true })).rejects.toThrow(
      /a plain directory beside generations/,
    );
    expect(await readdir(out)).toEqual(['by hand']);
  });

  it('that appears before the commit is left alone, and the next commit succeeds once it is gone', async () => {
    const store = storeOver();
    const staged = await stage(store, plan('run'));
    await mkdir(join(out, 'by hand'), { recursive: true });
    await expect(commit(store, staged)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`something else has created ${out}`),
    });
    await store.abort({ options, signal, ...staged });
    expect(await readdir(out)).toEqual(['by hand']);
    expect((await readdir(scratch)).sort()).toEqual(['out']);
    await rm(out, { recursive: true });
    await publish(storeOver(), plan('next'));
    expect(await readPublished(out)).toEqual(fresh);
  });
});

it('publishing by swap refuses a path that is published by generations', async () => {
  await publishOld();
  for (const mode of ['overwrite', 'append'] as const) {
    await expect(begin(storeOver(), { ...plan('run', mode), publish: 'swap' })).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining("Give publish: 'generations'"),
    });
  }
  expect(await readPublished(out)).toEqual(old);
});

describe('old generations', () => {
  const hour = 3_600_000;
  const at = async (hours: number, generation: string): Promise<void> => {
    await utimes(join(scratch, '.out.gen', generation), (hours * hour) / 1000, (hours * hour) / 1000);
  };

  it('are removed an hour after the next one has appeared, all but the newest two', async () => {
    let now = 0;
    const store = storeOver(undefined, undefined, { now: () => now });
    for (const [number, name] of ['00000001', '00000002', '00000003'].entries()) {
      await publish(store, plan(`run-${number}`));
      await at(number, name);
    }
    expect(await generations()).toHaveLength(3);
    // The first was replaced at 1 h, the second at 2 h.
    now = 2.5 * hour;
    await publish(store, plan('run-3'));
    expect(await generations()).toEqual(['00000002', '00000003', '00000004']);
    await at(2.5, '00000004');
    now = 100 * hour;
    await publish(store, plan('run-4'));
    expect(await generations()).toEqual(['00000004', '00000005']);
    expect(await readPublished(out)).toEqual(fresh);
    expect((await readdir(scratch)).sort()).toEqual(['.out.gen', 'out']);
  });

  it.each([
    ['more of them', { keepGenerations: 4 }, 100, ['00000003', '00000004', '00000005', '00000006']],
    ['the newest alone', { keepGenerations: 1, keepGenerationsMs: 0 }, 0, ['00000006']],
    ['the newest two', { keepGenerationsMs: 0 }, 0, ['00000005', '00000006']],
    [
      'the newest, and what it has just replaced,',
      { keepGenerations: 1, keepGenerationsMs: 24 * hour },
      28.5,
      ['00000005', '00000006'],
    ],
    [
      'the newest alone, and what was replaced within a day,',
      { keepGenerations: 1, keepGenerationsMs: 24 * hour },
      26.5,
      ['00000003', '00000004', '00000005', '00000006'],
    ],
  ])('stay as the output says: %s', async (_, keep, hours, left) => {
    let now = 0;
    const store = storeOver(undefined, undefined, { now: () => now });
    for (const number of [0, 1, 2, 3, 4]) {
      await publish(store, { ...plan(`run-${number}`), keepGenerations: 9 });
      await at(number, `0000000${number + 1}`);
    }
    expect(await generations()).toHaveLength(5);
    now = hours * hour;
    await publish(store, { ...plan('last'), ...keep });
    expect(await generations()).toEqual(left);
    expect(await readPublished(out)).toEqual(fresh);
  });

  it('whose number was free again are not taken for the next one', async () => {
    await publishOld();
    const alive = () => storeOver(undefined, undefined, { fate: 'alive' });
    const { fs } = recordedFileSystem();
    let isSlow = true;
    const slow = {
      ...fs,
      // Stands still between its look and its rename while others publish three and collect two.
      rename: async (from: string, to: string) => {
        if (isSlow && to.endsWith('.out.gen/00000002')) {
          isSlow = false;
          for (const runId of ['a', 'b', 'c'])
            await publish(alive(), plan(runId, 'append', { [runId]: runId }));
          for (const name of ['00000001', '00000002']) {
            await rm(join(scratch, '.out.gen', name), { recursive: true });
          }
        }
        await fs.rename(from, to);
      },
    };
    await publish(storeOver(slow), plan('slow', 'append'));
    expect(await readPublished(out)).toEqual({ ...old, ...fresh, a: 'a', b: 'b', c: 'c' });
    expect(await generations()).toEqual(['00000003', '00000004', '00000005']);
  });
});

it('a temporary link of a dead run is removed after an hour', async () => {
  await publishOld();
  await symlink('nothing', join(scratch, '.out.gen/.link-dead'));
  await publish(storeOver(), plan('run'));
  expect(await generations()).toContain('.link-dead');
  await publish(storeOver(undefined, undefined, { now: () => Date.now() + 4_000_000 }), plan('next'));
  expect(await generations()).not.toContain('.link-dead');
});

it('a generation has its name on stable storage before the path leads to it', async () => {
  await publishOld();
  const { fs, calls } = recordedFileSystem();
  await publish(storeOver(fs), plan('run'));
  const folder = join(scratch, '.out.gen');
  const order = calls
    .map(({ name, path, to }) => `${name} ${to ?? path}`)
    .filter((call) =>
      [`rename ${folder}/00000002`, `sync ${folder}`, `rename ${out}`, `sync ${scratch}`].includes(call),
    );
  expect(order.slice(-4)).toEqual([
    `rename ${folder}/00000002`,
    `sync ${folder}`,
    `rename ${out}`,
    `sync ${scratch}`,
  ]);
});

it('that a crash has left without its link is shown by the next run, which finds it after a power cut too', async () => {
  await publishOld();
  await unlink(out);
  const { fs, calls } = recordedFileSystem();
  const target = targetOf(plan('run', 'ignore'));
  expect(await storeOver(fs).begin({ options, target, signal })).toBe('skip');
  const order = calls.map(({ name, path, to }) => `${name} ${to ?? path}`);
  expect(order.indexOf(`sync ${scratch}`)).toBeGreaterThan(order.indexOf(`rename ${out}`));
  expect(order).toContain(`rename ${out}`);
});
