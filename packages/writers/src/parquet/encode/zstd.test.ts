import { decompress } from 'fzstd';
import { describe, expect, test, vi } from 'vitest';
import { ByteBuffer } from './byte-buffer.js';
import { compressorOf, type ZstdModule, zstdCompressor } from './zstd.js';

// The fault of the first test: the module cannot be loaded.
const fault = vi.hoisted(() => ({ loading: false }));
vi.mock('@bokuweb/zstd-wasm', async (original) => {
  const real = await original<typeof import('@bokuweb/zstd-wasm')>();
  return { ...real, init: () => (fault.loading ? Promise.reject(new Error('no such file')) : real.init()) };
});

// A file of its own: the instance is one per thread, and this is about its loading and the first page that it is given.
describe('zstd through WebAssembly', () => {
  test('is loaded again for the next file after loading has failed', async () => {
    fault.loading = true;
    await expect(zstdCompressor({})).rejects.toThrow('no such file');
    fault.loading = false;
    await expect(zstdCompressor({})).resolves.toBeTypeOf('function');
  });

  test('may be given an empty page first', async () => {
    const compress = await zstdCompressor({});
    const out = new ByteBuffer();
    expect(compress(new Uint8Array(0), out)).toBe(false);
    expect(decompress(out.written())).toHaveLength(0);
    out.clear();
    expect(compress(Uint8Array.of(1, 2, 3), out)).toBe(false);
    expect([...decompress(out.written())]).toEqual([1, 2, 3]);
  });

  test.each([1, 2])('goes on with smaller pages after allocation %i of a page has failed', (which) => {
    const held = new Set<number>();
    let next = 1;
    let untilFailure = 0;
    // Memory without bytes: what is compressed comes out as its length.
    const zstd: ZstdModule = {
      _malloc() {
        untilFailure -= 1;
        if (untilFailure === 0) return 0;
        held.add(next);
        return next++;
      },
      _free: (address) => void held.delete(address),
      _ZSTD_isError: () => 0,
      _ZSTD_compressBound: (size) => size + 100,
      _ZSTD_createCCtx: () => 99,
      _ZSTD_compress_usingDict: (_context, to, _room, from) => (held.has(to) && held.has(from) ? 1 : 0),
      HEAPU8: new Uint8Array(300_000),
    };
    const compress = compressorOf(zstd)(1);
    const out = new ByteBuffer();
    compress(new Uint8Array(10), out);
    untilFailure = which;
    expect(() => compress(new Uint8Array(200_000), out)).toThrow(
      expect.objectContaining({ code: 'SINK_FAILED', message: expect.stringContaining('no memory left') }),
    );
    expect(held.size).toBe(0);
    for (const length of [10, 200_000]) {
      out.clear();
      compress(new Uint8Array(length), out);
      expect(out.length).toBe(1);
    }
    expect(held.size).toBe(2);
  });
});
