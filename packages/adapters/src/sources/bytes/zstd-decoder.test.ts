// The decoder of Zstandard: its loading beside other code that uses the same library, and what it is when it is used again.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ZSTDDecoder } from 'zstddec/stream';
import { zstdDecoder } from './zstd-decoder.js';

/** Of "hello\n", with checksum. */
const hello = Buffer.from('28b52ffd045831000068656c6c6f0a5388bd91', 'hex');
/** The head of a frame with a window of so many MiB, and the mark of a block of no bytes, which is not its last. */
const openFrame = (exponent: number): Buffer =>
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, exponent << 3, 0, 0, 0]);

/** Code that has used the library before the decoder is loaded. */
const other = new ZSTDDecoder();
beforeAll(() => other.init());
afterEach(() => {
  vi.unstubAllGlobals();
});

async function unpacked(): Promise<string> {
  const decoder = await zstdDecoder();
  const text = Buffer.concat([...decoder.unpack(hello)]).toString();
  decoder.release();
  return text;
}

describe('the decoder of Zstandard', () => {
  // The first of all: what is loaded stays.
  it('is loaded again after loading it failed', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new Error('no memory')));
    await expect(zstdDecoder()).rejects.toThrow('no memory');
    vi.unstubAllGlobals();
    expect(await unpacked()).toBe('hello\n');
  });

  it('is loaded where other code has used its library before, and leaves that alone', async () => {
    expect(await unpacked()).toBe('hello\n');
    expect(Buffer.from(other.decode(hello, 6)).toString()).toBe('hello\n');
  });

  it('is used again once it was given back, by one at a time', async () => {
    const first = await zstdDecoder();
    const second = await zstdDecoder();
    expect(second).not.toBe(first);
    first.release();
    expect(await zstdDecoder()).toBe(first);
    expect(await zstdDecoder()).not.toBe(first);
  });

  it('knows nothing of the frame in which it was given back', async () => {
    const decoder = await zstdDecoder();
    expect([...decoder.unpack(openFrame(7))]).toEqual([]);
    decoder.release();
    expect(await zstdDecoder()).toBe(decoder);
    decoder.release();
    expect(await unpacked()).toBe('hello\n');
  });

  it('knows nothing of damage after which it was given back', async () => {
    const decoder = await zstdDecoder();
    const harmed = Buffer.from(hello);
    harmed.writeUInt8(0x6a, 9);
    expect(() => [...decoder.unpack(harmed)]).toThrow(/checksum differs/);
    decoder.release();
    expect(await zstdDecoder()).toBe(decoder);
    decoder.release();
    expect(await unpacked()).toBe('hello\n');
  });

  it('is not kept with the memory of a large window', async () => {
    const decoder = await zstdDecoder();
    // 2 to the power of 10 and 17 more.
    expect([...decoder.unpack(openFrame(17))]).toEqual([]);
    decoder.release();
    expect(await zstdDecoder()).not.toBe(decoder);
  });
});
