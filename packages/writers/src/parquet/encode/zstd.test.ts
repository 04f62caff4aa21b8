import { decompress } from 'fzstd';
import { expect, test } from 'vitest';
import { ByteBuffer } from './byte-buffer.js';
import { zstdCompressor } from './zstd.js';

// A file of its own: the instance is one per thread, and this is about the first page that it is given.
test('an empty page may be the first that WebAssembly compresses', async () => {
  const compress = await zstdCompressor({});
  const out = new ByteBuffer();
  expect(compress(new Uint8Array(0), out)).toBe(false);
  expect(decompress(out.written())).toHaveLength(0);
  out.clear();
  expect(compress(Uint8Array.of(1, 2, 3), out)).toBe(false);
  expect([...decompress(out.written())]).toEqual([1, 2, 3]);
});
