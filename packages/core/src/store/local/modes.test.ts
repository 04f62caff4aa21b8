// What each mode of an output does with what is at its path, and where a file system has no hard links.
import { chmod, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WriteMode } from '../../sink/sink.js';
import { decodeManifest } from '../manifest.js';
import { type Call, type Fault, mortalLeases, recordedFileSystem } from './fault-injection.js';
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
const publishOld = () => publish(storeOver(), { path: out, runId: 'before', contents: old });
const plan = (mode: WriteMode, kind: 'file' | 'directory' = 'directory') =>
  ({ path: out, runId: 'run', mode, kind, contents: kind === 'file' ? { out: 'new\n' } : fresh }) as const;

async function manifestAt(path: string): Promise<ReturnType<typeof decodeManifest>> {
  return decodeManifest(await readFile(path, 'utf8'));
}

describe('mode error', () => {
  it.each([
    ['a file', () => writeFile(out, 'x')],
    ['a directory with something in it', () => mkdir(join(out, 'sub'), { recursive: true })],
    [
      'a link to a file',
      () => writeFile(join(scratch, 'real'), 'x').then(() => symlink(join(scratch, 'real'), out)),
    ],
  ])('refuses %s', async (_what, make) => {
    await make();
    const leases = mortalLeases();
    await expect(begin(storeOver(undefined, leases), plan('error'))).rejects.toMatchObject({
      code: 'TARGET_EXISTS',
      status: 'permanent',
      message: expect.stringContaining(out.replace(/out$/, '')),
    });
    expect(leases.held.size).toBe(0);
    expect((await readdir(scratch)).some((name) => name.startsWith('.'))).toBe(false);
  });

  it('takes an empty directory', async () => {
    await mkdir(out);
    await publish(storeOver(), plan('error'));
    expect(await readPublished(out)).toEqual(fresh);
  });

  it.each([
    ['directory', 'a directory', () => mkdir(join(out, 'sub'), { recursive: true })],
    ['directory', 'a file', () => writeFile(out, 'foreign')],
    ['file', 'a file', () => writeFile(out, 'foreign')],
    ['file', 'a directory', () => mkdir(out)],
  ] as const)(
    'never replaces, with a %s, %s that has appeared since it began',
    async (kind, _what, appear) => {
      const store = storeOver();
      const staged = await stage(store, plan('error', kind));
      await appear();
      const found = await readPublished(out);
      await expect(commit(store, staged)).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining(`something else has created ${out}`),
      });
      await store.abort({ options, signal, ...staged });
      expect(await readPublished(out)).toEqual(found);
      expect(await readdir(scratch)).toEqual(['out']);
    },
  );
});

describe('mode ignore', () => {
  it('skips what exists and holds nothing', async () => {
    await publishOld();
    const leases = mortalLeases();
    const store = storeOver(undefined, leases);
    expect(await store.begin({ options, signal, target: targetOf(plan('ignore')) })).toBe('skip');
    expect(leases.held.size).toBe(0);
    expect(await readPublished(out)).toEqual(old);
  });

  it('writes what does not exist', async () => {
    await publish(storeOver(), plan('ignore'));
    expect(await readPublished(out)).toEqual(fresh);
  });
});

describe('mode overwrite', () => {
  it('replaces a directory as a whole', async () => {
    await publishOld();
    await publish(storeOver(), plan('overwrite'));
    expect(await readPublished(out)).toEqual(fresh);
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it('replaces what a link names, and keeps the link', async () => {
    const real = join(scratch, 'real');
    await mkdir(join(scratch, 'elsewhere'));
    const link = join(scratch, 'elsewhere/out');
    await symlink(real, link);
    await mkdir(real);
    await writeFile(join(real, 'part-old'), 'old\n');
    await publish(storeOver(), { ...plan('overwrite'), path: link });
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readPublished(real)).toEqual(fresh);
  });

  it('replaces the file that a link of another name leads to', async () => {
    await writeFile(join(scratch, 'real'), 'old\n');
    await symlink(join(scratch, 'real'), out);
    await publish(storeOver(), plan('overwrite', 'file'));
    expect((await lstat(out)).isSymbolicLink()).toBe(true);
    expect(await readFile(join(scratch, 'real'), 'utf8')).toBe('new\n');
  });

  it.each(['file', 'directory'] as const)('does not put a %s in the place of its opposite', async (kind) => {
    await (kind === 'file' ? mkdir(out) : writeFile(out, 'x'));
    await expect(begin(storeOver(), plan('overwrite', kind))).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  });

  it('puts the previous version back when the disk fails to confirm the new one, and does not try that again', async () => {
    await publishOld();
    let published = false;
    let syncs = 0;
    const fault = ({ name, path, to }: Call): Fault => {
      published ||= name === 'rename' && to === out;
      if (!published || name !== 'sync' || path !== scratch) return undefined;
      syncs += 1;
      return { errno: 'EIO' };
    };
    const store = storeOver(recordedFileSystem({ fault }).fs);
    const staged = await stage(store, plan('overwrite'));
    for (let time = 0; time < 2; time += 1) {
      await expect(commit(store, staged)).rejects.toMatchObject({
        code: 'STORE_FAILED',
        status: 'permanent',
        message: expect.stringContaining('was not published'),
      });
    }
    // Of the first commit: its own, and that of the way back.
    expect(syncs).toBe(2);
    expect(await readPublished(out)).toEqual(old);
    expect(await store.verify({ options, signal, ...staged })).toBe(false);
  });
});

describe('mode append', () => {
  it('adds to a directory without copying or losing anything, and counts both in the manifest', async () => {
    await publishOld();
    await writeFile(join(out, 'foreign'), 'by hand\n');
    const inode = (await lstat(join(out, 'state=CA/part-old'))).ino;
    await publish(storeOver(), plan('append'));
    expect(await readPublished(out)).toEqual({ ...old, ...fresh, foreign: 'by hand\n' });
    expect((await lstat(join(out, 'state=CA/part-old'))).ino).toBe(inode);
    expect((await lstat(join(out, 'state=CA/part-old'))).nlink).toBe(1);
    const manifest = await manifestAt(join(out, '_manifest.json'));
    expect(manifest).toMatchObject({ runId: 'run', rows: 4 });
    expect(manifest?.files.map((file) => file.path).sort()).toEqual(
      [...Object.keys(old), ...Object.keys(fresh)].sort(),
    );
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it('keeps the permissions of the directories', async () => {
    await publishOld();
    await chmod(out, 0o750);
    await chmod(join(out, 'state=CA'), 0o710);
    await publish(storeOver(), { ...plan('append'), contents: { 'part-new': 'new\n' } });
    expect((await lstat(out)).mode & 0o777).toBe(0o750);
    expect((await lstat(join(out, 'state=CA'))).mode & 0o777).toBe(0o710);
  });

  it('begins a new directory when there is none', async () => {
    await publish(storeOver(), plan('append'));
    expect(await readPublished(out)).toEqual(fresh);
  });

  it('refuses a single file', async () => {
    await expect(begin(storeOver(), plan('append', 'file'))).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  });

  it('refuses to replace a manifest that another program wrote, before anything is computed', async () => {
    await publishOld();
    await writeFile(join(out, '_manifest.json'), '{"theirs": true}');
    await expect(begin(storeOver(), plan('append'))).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  });

  it.each([
    ['format', { format: 'parquet', partitionBy: [] }, /format there is text, and would be parquet/],
    [
      'partitioning',
      { format: 'text', partitionBy: ['day'] },
      /partitioning there is none, and would be by day/,
    ],
  ])('refuses another %s before anything is computed', async (_, content, message) => {
    await publishOld();
    const target = { ...targetOf(plan('append')), content };
    const beginning = storeOver().begin({ options, target, signal });
    await expect(beginning).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    await expect(beginning).rejects.toThrow(message);
    expect(await readPublished(out)).toEqual(old);
    expect(await readdir(scratch)).toEqual(['out']);
  });

  it('takes the same format and partitioning', async () => {
    await publishOld();
    const target = { ...targetOf(plan('append')), content: { format: 'text', partitionBy: [] } };
    expect(await storeOver().begin({ options, target, signal })).not.toBe('skip');
  });

  it.each([
    [{ format: 'parquet' }, 'PLAN_INVALID', /text, and would be parquet/],
    [{ partitionBy: ['day'] }, 'PLAN_INVALID', /none, and would be by day/],
    [{ schema: 'line: int32' }, 'SCHEMA_INVALID', /\(line: utf8\), and would be \(line: int32\)/],
  ])('publishes nothing when the commit would mix in %j', async (other, code, message) => {
    await publishOld();
    const store = storeOver();
    const staged = await stage(store, plan('append'));
    const mixed = { ...staged, manifest: { ...staged.manifest, ...other } };
    await expect(commit(store, mixed)).rejects.toMatchObject({ code, status: 'permanent' });
    await expect(commit(store, mixed)).rejects.toThrow(message);
    await store.abort({ options, signal, ...staged });
    expect(await readPublished(out)).toEqual(old);
    expect(await manifestAt(join(out, '_manifest.json'))).toMatchObject({ runId: 'before' });
  });

  it('of nothing leaves the description of the dataset as it is', async () => {
    await publishOld();
    const store = storeOver();
    const staged = await stage(store, { ...plan('append'), contents: {} });
    await commit(store, { ...staged, manifest: { ...staged.manifest, schema: '' } });
    expect(await manifestAt(join(out, '_manifest.json'))).toMatchObject({
      runId: 'run',
      schema: 'line: utf8',
    });
    expect(await readPublished(out)).toEqual(old);
  });

  it('changes nothing when a new file has the name of an old one', async () => {
    await publishOld();
    const store = storeOver();
    const staged = await stage(store, { ...plan('append'), contents: { 'part-old': 'clash' } });
    await expect(commit(store, staged)).rejects.toThrow(/is there already, and a new file has the same path/);
    await store.abort({ options, signal, ...staged });
    expect(await readPublished(out)).toEqual(old);
  });

  it.each(['EXDEV', 'EPERM'])('says what to do where hard links fail with %s', async (errno) => {
    await publishOld();
    const { fs } = recordedFileSystem({ fault: ({ name }) => (name === 'link' ? { errno } : undefined) });
    const store = storeOver(fs);
    const staged = await stage(store, plan('append'));
    await expect(commit(store, staged)).rejects.toMatchObject({
      status: 'permanent',
      context: { errno },
      message: expect.stringContaining('use mode overwrite'),
    });
    expect(await readPublished(out)).toEqual(old);
  });
});

describe('a file system without hard links', () => {
  const { fs } = recordedFileSystem({
    fault: ({ name }) => (name === 'link' ? { errno: 'EPERM' } : undefined),
  });

  it.each(['error', 'overwrite'] as const)('takes a single file in mode %s', async (mode) => {
    if (mode === 'overwrite') await writeFile(out, 'old\n');
    await publish(storeOver(fs), plan(mode, 'file'));
    expect(await readFile(out, 'utf8')).toBe('new\n');
  });

  it('still refuses in mode error what has appeared since', async () => {
    const store = storeOver(fs);
    const staged = await stage(store, plan('error', 'file'));
    await writeFile(out, 'foreign');
    await expect(commit(store, staged)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readFile(out, 'utf8')).toBe('foreign');
  });
});
