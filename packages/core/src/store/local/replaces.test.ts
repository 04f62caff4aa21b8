import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeManifest } from '../manifest.js';
import { mortalLeases, recordedFileSystem } from './fault-injection.js';
import {
  type Contents,
  commit,
  entriesOf,
  inScratch,
  type OutputPlan,
  publish,
  readPublished,
  type Store,
  stage,
  storeOver,
} from './store-bench.js';

let out = '';
inScratch((made) => {
  out = join(made, 'out');
});

const old: Contents = { 'p=1/a': 'one a\n', 'p=1/b': 'one b\n', 'p=2/c': 'two\n' };
const small: Contents = { 'p=1/a': 'one a\n', 'p=1/b': 'one b\n' };
const merged: Contents = { 'p=1/ab': 'one a\none b\n' };
const compacted: Contents = { ...merged, 'p=2/c': 'two\n' };

/** Another process, which knows that the first one lives. */
const neighbour = (): Store => storeOver(recordedFileSystem().fs, mortalLeases(), { fate: 'alive' });

describe.each(['swap', 'generations'] as const)('an append that replaces files, published by %s', (way) => {
  const plan = (runId: string, contents: Contents): OutputPlan => ({
    path: out,
    runId,
    contents,
    mode: 'append',
    publish: way,
  });
  const replacing: () => OutputPlan = () => ({ ...plan('run', merged), replaces: entriesOf(small) });

  it('takes away exactly those, and keeps the others under their names', async () => {
    await publish(storeOver(), plan('before', old));
    await publish(storeOver(), replacing());
    expect(await readPublished(out)).toEqual(compacted);
    const manifest = decodeManifest(await readFile(join(out, '_manifest.json'), 'utf8'));
    expect(manifest?.files.map(({ path }) => path).sort()).toEqual(Object.keys(compacted));
  });

  it('goes on from what another run has appended meanwhile', async () => {
    await publish(storeOver(), plan('before', old));
    const store = storeOver();
    const staged = await stage(store, replacing());
    await publish(neighbour(), plan('other', { 'p=1/d': 'other\n' }));
    await commit(store, staged);
    expect(await readPublished(out)).toEqual({ ...compacted, 'p=1/d': 'other\n' });
  });

  it('gives up when another run has replaced one of them meanwhile, and changes nothing', async () => {
    await publish(storeOver(), plan('before', old));
    const store = storeOver();
    const staged = await stage(store, replacing());
    await publish(neighbour(), {
      ...plan('other', { 'p=1/z': 'one a\n' }),
      replaces: entriesOf({ 'p=1/a': 'one a\n' }),
    });
    const found = await readPublished(out);
    await expect(commit(store, staged)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readPublished(out)).toEqual(found);
  });

  it('gives up when a file of that name holds something else, or the dataset is not there', async () => {
    await publish(storeOver(), plan('before', old));
    const changed = { ...plan('run', merged), replaces: entriesOf({ ...small, 'p=1/b': 'other\n' }) };
    await expect(publish(storeOver(), changed)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readPublished(out)).toEqual(old);
    const absent = { ...replacing(), path: `${out}-2` };
    await expect(publish(storeOver(), absent)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readPublished(`${out}-2`)).toBeUndefined();
  });
});
