// Owns the proof that compressed data with checksums ends, cut or changed anywhere, after bounded work: in an error or in the right bytes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compressionNamed, openBytes } from './open-bytes.js';
import { lz4Text, text, zstdText } from './packed-text-fixtures.js';
import { unlz4 } from './unlz4.js';
import { unzstd } from './unzstd.js';

const content = Buffer.from(text);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-damaged-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Work {
  /** Pieces of work between which others have their turn. */
  turns: number;
}

type Unpack = (packed: Buffer, work: Work) => Promise<Uint8Array>;

const file =
  (name: string): Unpack =>
  async (packed, work) => {
    const path = join(folder, name);
    await writeFile(path, packed);
    const pieces: Uint8Array[] = [];
    const { signal } = new AbortController();
    for await (const piece of await openBytes(path, compressionNamed(path), signal)) {
      work.turns += 1;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  };

const twice = (one: Buffer): readonly [Buffer, Buffer] => [
  Buffer.concat([one, one]),
  Buffer.concat([content, content]),
];

const formats: readonly (readonly [string, Buffer, Buffer, Unpack])[] = [
  ['gzip', ...twice(gzipSync(content)), file('a.gz')],
  [
    'zstd',
    ...twice(zstdText),
    async (packed, work) => {
      const pieces: Uint8Array[] = [];
      const nextTurn = async (): Promise<void> => void work.turns++;
      for await (const piece of unzstd([packed], { nextTurn })) pieces.push(piece);
      return Buffer.concat(pieces);
    },
  ],
  ['lz4', lz4Text, content, (packed, work) => unlz4(packed, content.length, async () => void work.turns++)],
];

/** A file cut off, or with up to three bytes that are others. */
const damage = fc.oneof(
  fc.record({ cut: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }) }),
  fc.record({
    flips: fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.integer({ min: 1, max: 255 }),
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
  }),
);

function damaged(whole: Buffer, how: { cut: number } | { flips: [number, number][] }): Buffer {
  if ('cut' in how) return whole.subarray(0, Math.floor(how.cut * whole.length));
  const bytes = Buffer.from(whole);
  for (const [place, mask] of how.flips) {
    const at = Math.floor(place * bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at);
  }
  return bytes;
}

describe.each(formats)('%s with its checksums', (name, whole, plain, unpack) => {
  it('gives what was compressed', async () => {
    expect(plain.equals(await unpack(whole, { turns: 0 }))).toBe(true);
  });

  it('ends in an error or in the right bytes, wherever it is cut or changed, after bounded work', async () => {
    await fc.assert(
      fc.asyncProperty(damage, async (how) => {
        const bytes = damaged(whole, how);
        const work = { turns: 0 };
        const given = await unpack(bytes, work).catch((error: unknown) => error);
        // A frame and a block of zstd have three bytes and more, and a piece of 256 KiB comes of no fewer bytes of gzip.
        expect(work.turns).toBeLessThan(bytes.length + 2);
        if (given instanceof Error) return;
        // Cut between two members or frames, nothing says that there was more.
        const half = plain.subarray(0, name === 'lz4' ? plain.length : plain.length / 2);
        const isWhole = given instanceof Uint8Array && (plain.equals(given) || half.equals(given));
        expect(isWhole).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what follows the end of compressed data', () => {
  it.each([
    ['behind gzip, where its next member begins with a zero', 'a.gz', gzipSync('more').fill(0, 0, 1), 'gzip'],
    ['behind Brotli', 'a.br', Buffer.from('more'), 'Brotli'],
  ] as const)('is not passed over: %s', async (_, name, more, what) => {
    const packed = name === 'a.gz' ? gzipSync(content) : brotliCompressSync(content);
    await expect(file(name)(Buffer.concat([packed, more]), { turns: 0 })).rejects.toThrow(
      `${more.length} bytes follow the end of its ${what} data, at byte ${packed.length}`,
    );
  });

  it('may be zeros behind gzip, which tapes and block devices leave', async () => {
    const padded = Buffer.concat([gzipSync(content), Buffer.alloc(700_000)]);
    expect(content.equals(await file('a.gz')(padded, { turns: 0 }))).toBe(true);
  });
});

/** Frames of zstd of one block each, which is 128 KiB of the same byte. */
function repeatedBytes(frames: number): Buffer {
  const mark = Buffer.alloc(4);
  mark.writeUIntLE(((2 ** 17) << 3) | (1 << 1) | 1, 0, 3);
  return Buffer.concat(Array<Buffer>(frames).fill(Buffer.concat([Buffer.from('28b52ffd0058', 'hex'), mark])));
}

describe('reading what is compressed', () => {
  it.each([
    ['a.gz', (bytes: Buffer): Buffer => gzipSync(bytes)],
    ['a.br', (bytes: Buffer): Buffer => brotliCompressSync(bytes)],
    ['a.zst', (): Buffer => repeatedBytes(160)],
  ])('ends when it is aborted, long after the file of %s was read', async (name, pack) => {
    const path = join(folder, name);
    await writeFile(path, pack(Buffer.alloc(20 * 2 ** 20)));
    const stopping = new AbortController();
    let bytes = 0;
    const read = async (): Promise<void> => {
      for await (const piece of await openBytes(path, compressionNamed(path), stopping.signal)) {
        bytes += piece.length;
        if (bytes > 2 ** 20) stopping.abort();
      }
    };
    await expect(read()).rejects.toThrow(/abort/i);
    expect(bytes).toBeLessThan(4 * 2 ** 20);
  });
});
