import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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

const old = {
  'y=1/s=CA/part-old': 'one CA\n',
  'y=1/s=NY/part-old': 'one NY\n',
  'y=2/s=CA/part-old': 'two CA\n',
};

describe.each(['swap', 'generations'] as const)('mode overwritePartitions, published by %s', (way) => {
  const plan = (runId: string, contents: Contents): OutputPlan => ({
    path: out,
    runId,
    contents,
    mode: 'overwritePartitions',
    publish: way,
  });

  it('replaces the partitions that it writes, keeps the others, and tells of both in its manifest', async () => {
    await publish(storeOver(), plan('before', old));
    await writeFile(join(out, '_SUCCESS'), '');
    await publish(storeOver(), plan('run', { 'y=1/s=NY/part-new': 'new\n', 'y=3/s=WA/part-new': 'three\n' }));
    const after = {
      'y=1/s=CA/part-old': 'one CA\n',
      'y=1/s=NY/part-new': 'new\n',
      'y=2/s=CA/part-old': 'two CA\n',
      'y=3/s=WA/part-new': 'three\n',
    };
    expect(await readPublished(out)).toEqual({ ...after, _SUCCESS: '' });
    const manifest = decodeManifest(await readFile(join(out, '_manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ runId: 'run', rows: 4 });
    expect(manifest?.files.map(({ path }) => path).sort()).toEqual(Object.keys(after));
  });

  it('writes a dataset that does not exist yet', async () => {
    await publish(storeOver(), plan('run', old));
    expect(await readPublished(out)).toEqual(old);
  });

  it('replaces nothing when the output has no rows', async () => {
    await publish(storeOver(), plan('before', old));
    await publish(storeOver(), plan('run', {}));
    expect(await readPublished(out)).toEqual(old);
    const manifest = decodeManifest(await readFile(join(out, '_manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ runId: 'run', rows: 3, schema: 'line: utf8' });
  });

  it('may be repeated after an error between any two calls', async () => {
    await publish(storeOver(), plan('before', old));
    let failures = 1;
    const { fs } = recordedFileSystem({
      fault: ({ name, to }) => {
        if (name !== 'rename' || to !== out || failures === 0) return undefined;
        failures -= 1;
        return { errno: 'EBUSY' };
      },
    });
    const store = storeOver(fs);
    const staged = await stage(store, plan('run', { 'y=2/s=CA/part-new': 'new\n' }));
    await expect(commit(store, staged)).rejects.toMatchObject({ status: 'temporary' });
    expect(await readPublished(out)).toEqual(old);
    await commit(store, staged);
    const { 'y=2/s=CA/part-old': _, ...kept } = old;
    expect(await readPublished(out)).toEqual({ ...kept, 'y=2/s=CA/part-new': 'new\n' });
    expect((await readdir(scratch)).filter((name) => name.includes('stage'))).toEqual([]);
  });

  it('refuses files and outputs without partitions before anything is computed', async () => {
    await expect(
      begin(storeOver(), { ...plan('run', {}), kind: 'file', publish: 'swap' }),
    ).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining('cannot overwrite partitions of the single file'),
    });
    const target = { ...targetOf(plan('run', {})), content: { format: 'text', partitionBy: [] } };
    await expect(storeOver().begin({ options, signal, target })).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining('it is not partitioned'),
    });
  });
});
