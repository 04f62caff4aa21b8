// Files that are removed: absent ones are passed over, and failures of the disk are not.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordedFileSystem } from './fault-injection.js';
import { inScratch } from './store-bench.js';
import { removeFile } from './tree.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});

describe('a file that is to be removed', () => {
  it('may be absent, but not one that the disk does not give up', async () => {
    const path = join(scratch, 'part');
    await expect(removeFile(recordedFileSystem().fs, path)).resolves.toBeUndefined();
    await writeFile(path, 'text');
    const { fs } = recordedFileSystem({
      fault: ({ name }) => (name === 'unlink' ? { errno: 'EACCES' } : undefined),
    });
    await expect(removeFile(fs, path)).rejects.toMatchObject({ code: 'EACCES' });
  });
});
