import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodeFileSystem } from './file-system.js';
import { inScratch } from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the file system of the machine', () => {
  it('gives an fsync to the kernel, and fails as that fails', async () => {
    const path = join(scratch, 'file');
    const handle = await open(path, 'w');
    const sync = vi.spyOn(Object.getPrototypeOf(handle), 'sync');
    await handle.close();
    const file = await nodeFileSystem.open(path, constants.O_WRONLY);
    await file.sync();
    expect(sync).toHaveBeenCalledTimes(1);
    sync.mockRejectedValueOnce(new Error('the disk is gone'));
    await expect(file.sync()).rejects.toThrow('the disk is gone');
    await file.close();
  });
});
