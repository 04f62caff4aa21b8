import { link, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mortalLeases, recordedFileSystem } from './fault-injection.js';
import { half, last, newFile, prepareAll, file as written } from './group-bench.js';
import {
  begin,
  commit,
  inScratch,
  type OutputPlan,
  options,
  publish,
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

const staged = (name: string): string => join(scratch, '.out.stage-run', name);
const manifestPath = (): string => join(scratch, '.out.manifest.json');
const runOfManifest = async (): Promise<string> => JSON.parse(await readFile(manifestPath(), 'utf8')).runId;
const plan = (runId: string, mode: 'error' | 'overwrite', text: string): OutputPlan => ({
  kind: 'file',
  path: out,
  runId,
  mode,
  contents: { out: text },
});

/** A run that dies when file and manifest have been renamed, and nothing of that has been synced. */
async function dieUnsynced(run: OutputPlan): Promise<void> {
  let isVisible = false;
  const { fs } = recordedFileSystem({
    fault: ({ name, to }) => {
      const isDead = isVisible;
      isVisible ||= name === 'rename' && to === manifestPath();
      return isDead ? { errno: 'EIO' } : undefined;
    },
  });
  const store = storeOver(fs, mortalLeases());
  const ready = await stage(store, run);
  // As an output of a job that can be resumed.
  const commits = [{ runId: run.runId, key: 'k', rows: 1, bytes: 3, files: 1 }];
  await expect(commit(store, { ...ready, manifest: { ...ready.manifest, commits } })).rejects.toThrow();
}

const nextBegins = (): Promise<unknown> => begin(storeOver(), plan('next', 'overwrite', 'next'));

describe('a power cut that keeps the manifest of a file, and loses the file', () => {
  it('is made good by the file, where the version that it replaces is there again', async () => {
    await publish(storeOver(), plan('before', 'error', 'old'));
    await dieUnsynced(plan('run', 'overwrite', 'new'));
    await rename(out, staged('out'));
    await link(staged('.previous'), out);
    await nextBegins();
    expect(await readFile(out, 'utf8')).toBe('new');
    expect(await runOfManifest()).toBe('run');
  });

  it('is made good by the file where nothing was, and nothing is', async () => {
    await dieUnsynced(plan('run', 'error', 'new'));
    await unlink(out);
    await nextBegins();
    expect(await readFile(out, 'utf8')).toBe('new');
    expect(await runOfManifest()).toBe('run');
  });

  it('is taken back where something else is there: the manifest before returns', async () => {
    await publish(storeOver(), plan('before', 'error', 'old'));
    await dieUnsynced(plan('run', 'overwrite', 'new'));
    await rename(out, staged('out'));
    await writeFile(out, 'of somebody else');
    await nextBegins();
    expect(await readFile(out, 'utf8')).toBe('of somebody else');
    expect(await runOfManifest()).toBe('before');
  });

  it('stays while the disk does not bring the manifest before back, and is taken back by the next run', async () => {
    await publish(storeOver(), plan('before', 'error', 'old'));
    await dieUnsynced(plan('run', 'overwrite', 'new'));
    await rename(out, staged('out'));
    await writeFile(out, 'of somebody else');
    const { fs } = recordedFileSystem({
      fault: ({ name, to }) => (name === 'rename' && to === manifestPath() ? { errno: 'EIO' } : undefined),
    });
    await expect(begin(storeOver(fs), plan('next', 'overwrite', 'next'))).rejects.toThrow('EIO');
    expect(await runOfManifest()).toBe('run');
    await nextBegins();
    expect(await runOfManifest()).toBe('before');
  });

  it('is made good on the disk before anything staged is removed', async () => {
    await publish(storeOver(), plan('before', 'error', 'old'));
    await dieUnsynced(plan('run', 'overwrite', 'new'));
    await rename(out, staged('out'));
    await link(staged('.previous'), out);
    const { fs, calls } = recordedFileSystem();
    await begin(storeOver(fs), plan('next', 'overwrite', 'next'));
    const back = calls.findIndex(({ name, to }) => name === 'rename' && to === out);
    const removed = calls.findIndex(({ name, path }) => name === 'unlink' && path.includes('.stage-run/'));
    const synced = calls.slice(back, removed).filter(({ name }) => name === 'sync');
    expect(synced.map(({ path }) => path)).toContain(scratch);
  });

  it('is taken back where something has appeared: it has no manifest then', async () => {
    await dieUnsynced(plan('run', 'error', 'new'));
    await rm(out);
    await writeFile(out, 'of somebody else');
    await nextBegins();
    expect(await readFile(out, 'utf8')).toBe('of somebody else');
    await expect(runOfManifest()).rejects.toThrow(/ENOENT/);
  });

  it('is not told of as finished to a resumed job, though the file before has as many bytes', async () => {
    await publish(storeOver(), plan('before', 'error', 'old'));
    await dieUnsynced(plan('run', 'overwrite', 'new'));
    await rename(out, staged('out'));
    await writeFile(out, 'old');
    const target = targetOf(plan('next', 'overwrite', 'next'));
    expect(await storeOver().published?.({ options, signal, target })).toEqual([]);
  });

  it('keeps no decided group from being published, even when the second name of the version before is lost', async () => {
    const at = (one: OutputPlan): OutputPlan => ({ ...one, path: join(scratch, one.path) });
    if (written.before !== undefined) await publish(storeOver(), at(written.before));
    const store = storeOver();
    const { group, staged: ready } = await prepareAll(store, [at(written.plan), at(newFile.plan)]);
    await half(store).decide({ options, signal, ...last(ready), group });
    const stageOf = join(scratch, '.file.stage-run');
    await rename(join(stageOf, '.manifest.json'), join(scratch, '.file.manifest.json'));
    const target = targetOf({ ...at(newFile.plan), mode: 'overwrite', runId: 'next' });
    await storeOver().begin({ options, signal, target });
    expect(await readFile(join(scratch, 'file'), 'utf8')).toBe('new\n');
    expect(await readFile(join(scratch, 'newfile'), 'utf8')).toBe('new\n');
  });
});
