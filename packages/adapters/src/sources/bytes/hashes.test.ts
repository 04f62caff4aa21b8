// The hashes of frames: loading them may fail, and is then tried again.
import { expect, it, vi } from 'vitest';
import { hashes } from './hashes.js';

vi.mock('xxhash-wasm', async (importOriginal) => {
  const real = await importOriginal<typeof import('xxhash-wasm')>();
  const load = vi.fn(real.default).mockRejectedValueOnce(new Error('no memory'));
  return { default: load };
});

it('are loaded again after loading them failed, and then once for all', async () => {
  await expect(hashes()).rejects.toThrow('no memory');
  const loaded = await hashes();
  // Of nothing, by the page of the hash.
  expect(loaded.h32('')).toBe(0x02cc_5d05);
  expect(await hashes()).toBe(loaded);
});
