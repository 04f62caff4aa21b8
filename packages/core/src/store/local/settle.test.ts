import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Call, recordedFileSystem } from './fault-injection.js';
import { commit, inScratch, readPublished, stage, storeOver } from './store-bench.js';

let out = '';
inScratch((made) => {
  out = join(made, 'out');
});

describe('a stage that is about to be published', () => {
  it('is not when it cannot be taken away from those who write into it, and says why', async () => {
    const fault = ({ name, path }: Call) =>
      name === 'rename' && path.endsWith('/.work') ? { errno: 'EACCES' } : undefined;
    const store = storeOver(recordedFileSystem({ fault }).fs);
    const staged = await stage(store, { path: out, runId: 'run', contents: { part: 'new\n' } });
    await expect(commit(store, staged)).rejects.toMatchObject({ context: { errno: 'EACCES' } });
    expect(await readPublished(out)).toBeUndefined();
  });

  it.each([0, 2])('is not a single file when its manifest names %i files', async (count) => {
    const store = storeOver();
    const staged = await stage(store, { path: out, runId: 'run', kind: 'file', contents: { out: 'new\n' } });
    const { files } = staged.manifest;
    const manifest = { ...staged.manifest, files: Array.from({ length: count }, () => files).flat() };
    await expect(commit(store, { ...staged, manifest })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      status: 'permanent',
      message: expect.stringContaining(`names ${count} files for a single one`),
    });
    expect(await readPublished(out)).toBeUndefined();
  });
});
