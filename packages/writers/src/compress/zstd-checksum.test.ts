// The checksums of frames: loading their hash may fail, and is then tried again.
import { expect, it, vi } from 'vitest';
import { zstdWithChecksum } from './zstd-checksum.js';

vi.mock('xxhash-wasm', async (importOriginal) => {
  const real = await importOriginal<typeof import('xxhash-wasm')>();
  const load = vi.fn(real.default).mockRejectedValueOnce(new Error('no memory'));
  return { default: load };
});

it('are there for the next file after loading their hash failed', async () => {
  const compress = (): boolean => false;
  await expect(zstdWithChecksum(compress)).rejects.toThrow('no memory');
  expect(await zstdWithChecksum(compress)).toBeTypeOf('function');
});
