import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { decompress } from 'fzstd';
import { snappyUncompress } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import type { OwnCompression } from '../compression.js';
import { ByteBuffer } from './byte-buffer.js';
import { codecFor } from './codec.js';
import { zstdCompressor } from './zstd.js';

/** The compressed page as it is to be stored. */
function stored(compress: (page: Uint8Array, out: ByteBuffer) => boolean, page: Uint8Array): Uint8Array {
  const out = new ByteBuffer(1);
  out.appendByte(99);
  if (compress(page, out)) out.appendBytes(page);
  return Uint8Array.from(out.written().subarray(1));
}

function unsnappy(bytes: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  snappyUncompress(bytes, output);
  return output;
}

const decoders: Record<OwnCompression, (bytes: Uint8Array, length: number) => Uint8Array> = {
  none: (bytes) => bytes,
  snappy: unsnappy,
  gzip: (bytes) => gunzipSync(bytes),
  brotli: (bytes) => brotliDecompressSync(bytes),
  zstd: (bytes) => decompress(bytes),
};

/** Bytes with repetitions near and far, short and long. */
const texts = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 40 }))
        .map(([bytes, times]) =>
          Uint8Array.from({ length: bytes.length * times }, (_, i) => bytes[i % bytes.length] ?? 0),
        ),
      fc.integer({ min: 0, max: 70_000 }).map((length) => new Uint8Array(length).fill(length)),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Uint8Array.from(Buffer.concat(parts)));

function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = Math.imul(state, 1664525) + 1013904223;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

describe.each(Object.keys(decoders) as OwnCompression[])('codec %s', (compression) => {
  test('others decompress what it compressed', async () => {
    const codec = await codecFor(compression);
    const decode = decoders[compression];
    fc.assert(
      fc.property(texts, (page) => {
        const bytes = stored((input, out) => codec.compress(input, out), page);
        expect(Buffer.compare(decode(bytes, page.length), page)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  test('pages that do not repeat, of every length around the limits, come back', async () => {
    const codec = await codecFor(compression);
    for (const length of [0, 1, 14, 15, 16, 60, 61, 256, 257, 65_535, 65_536, 65_537, 300_000]) {
      const page = noise(length);
      const bytes = stored((input, out) => codec.compress(input, out), page);
      expect(Buffer.compare(decoders[compression](bytes, length), page)).toBe(0);
      expect(bytes.length).toBeLessThan(length * 1.01 + 32);
    }
  });

  test('memory that threads share is compressed as any other', async () => {
    const codec = await codecFor(compression);
    const page = new Uint8Array(new SharedArrayBuffer(50_000), 100, 40_000).fill(3);
    const bytes = stored((input, out) => codec.compress(input, out), page);
    expect(Buffer.compare(decoders[compression](bytes, page.length), page)).toBe(0);
  });
});

describe('codecs', () => {
  test('snappy leaves a page alone that does not shrink', async () => {
    const codec = await codecFor('snappy');
    const out = new ByteBuffer();
    expect(codec.compress(noise(100_000), out)).toBe(true);
    expect(out.length).toBeLessThan(10);
    expect(codec.compress(new Uint8Array(100_000), out)).toBe(false);
  });

  test('zstd is taken from WebAssembly where Node has none, again and again', async () => {
    const compress = await zstdCompressor({});
    for (const length of [10, 200_000, 0, 70_000]) {
      const page = noise(length).fill(1, 0, length >> 1);
      const bytes = stored(compress, page);
      expect(Buffer.compare(decompress(bytes), page)).toBe(0);
    }
  });

  test('zstd is taken from Node where Node has it', async () => {
    const seen: unknown[] = [];
    const compress = await zstdCompressor({
      zstdCompressSync(page: Uint8Array, options: unknown) {
        seen.push(page.length, options);
        return Uint8Array.of(1, 2);
      },
    });
    const out = new ByteBuffer();
    expect(compress(new Uint8Array(5), out)).toBe(false);
    expect([...out.written()]).toEqual([1, 2]);
    expect(seen).toEqual([5, { params: { 100: 1 } }]);
  });
});
