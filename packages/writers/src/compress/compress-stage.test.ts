// Compression on writing: what readers of others make of it, what it holds back, and which is chosen.
import { createHash } from 'node:crypto';
import { brotliDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { decompress } from 'fzstd';
import { beforeAll, describe, expect, it } from 'vitest';
import { ZSTDDecoder } from 'zstddec';
import { duckRows, memorySink } from '../testing/encode.js';
import { estimatedBytes } from './byte-stage.js';
import { compressStage } from './compress-stage.js';
import { type FileCompression, resolveCompression } from './compression.js';

const readers = {
  brotli: (bytes: Uint8Array) => new Uint8Array(brotliDecompressSync(bytes)),
  zstd: (bytes: Uint8Array) => decompress(bytes),
} as const;
const settings = { maxBufferedBytes: 2 ** 20, shortMatches: true };

describe.each(['brotli', 'zstd'] as const)('%s', (compression) => {
  it('gives back everything, in order, at every level and with any memory', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 50_000 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 11 }),
        fc.constantFrom(1, 50_000, 2 ** 20),
        async (pieces, level, maxBufferedBytes) => {
          const out = memorySink();
          const stage = compressStage(out, { compression, level }, { ...settings, maxBufferedBytes });
          for (const piece of pieces) await stage.write(piece);
          await stage.finish();
          expect(Buffer.from(readers[compression](out.contents())).equals(Buffer.concat(pieces))).toBe(true);
          expect(stage.encodedBytes).toBe(out.bytesWritten);
        },
      ),
      { numRuns: 30 },
    );
  }, 30_000);

  it('makes a file of nothing that readers take for one', async () => {
    const out = memorySink();
    await compressStage(out, { compression, level: 3 }, settings).finish();
    expect(out.bytesWritten).toBeGreaterThan(0);
    expect(readers[compression](out.contents())).toHaveLength(0);
  });

  it('holds back no more than it may', async () => {
    const out = memorySink();
    const stage = compressStage(out, { compression, level: 1 }, { ...settings, maxBufferedBytes: 2 ** 18 });
    const noise = Uint8Array.from({ length: 2 ** 16 }, (_, at) => (at * 2_654_435_761) >>> 13);
    for (let piece = 0; piece < 40; piece++) await stage.write(noise.map((byte) => byte ^ (piece * 37)));
    const before = out.bytesWritten;
    await stage.finish();
    expect(out.bytesWritten - before).toBeLessThan(2 ** 18 + 2 ** 16);
  });

  it('says what it holds back, so that nothing it took goes uncounted', async () => {
    const out = memorySink();
    const stage = compressStage(out, { compression, level: 1 }, settings);
    const random = createHash('shake256', { outputLength: 100_000 });
    const noise = random.update('noise').digest();
    for (let taken = noise.length; taken <= 2 ** 21; taken += noise.length) {
      await stage.write(noise.map((byte) => byte ^ (taken / noise.length)));
      // Half: a compressor may give a part of what it took.
      expect(stage.encodedBytes + stage.waitingBytes).toBeGreaterThan(taken / 2);
      expect(estimatedBytes(stage, taken)).toBeGreaterThan(taken / 2);
    }
    await stage.finish();
    expect(stage.waitingBytes).toBe(0);
  });

  it('passes on what the sink fails with', async () => {
    const failure = new Error('no space left');
    const out = { bytesWritten: 0, write: () => Promise.reject(failure) };
    const stage = compressStage(out, { compression, level: 1 }, { ...settings, maxBufferedBytes: 1 });
    const noise = Uint8Array.from({ length: 2 ** 20 }, (_, at) => (at * 2_654_435_761) >>> 11);
    const working = (async () => {
      for (let piece = 0; piece < 20; piece++) await stage.write(noise);
      await stage.finish();
    })();
    await expect(working).rejects.toBe(failure);
    stage.abort();
  });
});

describe('a file of zstd', () => {
  const zipped = async (pieces: readonly Uint8Array[]): Promise<Buffer> => {
    const out = memorySink();
    const stage = compressStage(out, { compression: 'zstd', level: 3 }, settings);
    for (const piece of pieces) await stage.write(piece);
    await stage.finish();
    return Buffer.from(out.contents());
  };
  const lines = Buffer.from(
    Array.from({ length: 900 }, (_, at) => `${at % 83},row ${(at * at) % 101}\n`).join(''),
  );
  const reader = new ZSTDDecoder();
  beforeAll(() => reader.init());
  /** The content; undefined for what the reader refuses, which it tells by giving none. */
  const unzip = (bytes: Uint8Array): Uint8Array | undefined => {
    const content = reader.decode(bytes, lines.length);
    return content.length === 0 ? undefined : content;
  };

  it('tells of every byte that has changed on its way', async () => {
    const whole = await zipped([lines]);
    expect(lines.equals(unzip(whole) ?? Buffer.alloc(0))).toBe(true);
    const unseen: number[] = [];
    for (let at = 0; at < whole.length; at += 1) {
      const harmed = Buffer.from(whole);
      harmed.writeUInt8(whole.readUInt8(at) ^ 0x41, at);
      const content = unzip(harmed);
      if (content !== undefined && !lines.equals(content)) unseen.push(at);
    }
    expect(whole.length).toBeGreaterThan(250);
    expect(unseen).toEqual([]);
  });

  it('is read by DuckDB, in one frame and in many', async () => {
    for (const times of [1, 200]) {
      const [found] = await duckRows(
        await zipped(Array<Buffer>(times).fill(lines)),
        '.csv.zst',
        'SELECT count(*)::INTEGER AS rows, sum(column0)::INTEGER AS sum FROM read_csv($file, header = false)',
      );
      const sum = Array.from({ length: 900 }, (_, at) => at % 83).reduce((total, one) => total + one, 0);
      expect(found).toEqual({ rows: 900 * times, sum: sum * times });
    }
  });
});

describe('the choice of compression', () => {
  it.each([
    ['out/a.csv', 'none', ''],
    ['out/a.csv.gz', 'gzip', '.gz'],
    ['out/a.csv.br', 'brotli', '.br'],
    ['out/a.csv.zst', 'zstd', '.zst'],
  ])('takes %s for %s', (path, compression) => {
    expect(resolveCompression('csv', path, {}).compression).toBe(compression);
  });

  it.each([
    ['out/a.csv.zst', { compression: 'gzip' }, /to use gzip for a file named .zst/],
    ['out/a.csv', { compression: 'brotli' }, /name it out\/a\.csv\.br/],
    ['out/a.csv.br', { level: 12 }, /brotli level 12; it is a whole number from 0 \(fast\) to 11/],
    ['out/a.csv.zst', { level: 0 }, /zstd level 0; it is a whole number from 1 \(fast\) to 22/],
    ['out/a.csv.zst', { compression: 'none' }, /not to compress a file named .zst/],
    ['out/a.csv', { level: 3 }, /a level but no compression/],
  ] as const)('refuses %s with %j', (path, options, message) => {
    expect(() => resolveCompression('csv', path, options)).toThrow(message);
    const parts = { compression: 'zstd' as FileCompression, single: false };
    expect(resolveCompression('csv', 'out/parts', parts)).toEqual({ compression: 'zstd', level: 3 });
  });
});
