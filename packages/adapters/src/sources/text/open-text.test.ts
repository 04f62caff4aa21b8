import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readText } from './open-text.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tailrace-packed-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

async function read(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(dir, name);
  writeFileSync(path, bytes);
  let text = '';
  for await (const piece of readText(path, {}, new AbortController().signal)) text += piece;
  return text;
}

/** A frame after RFC 8878 by hand: one block of bytes as they are, or one byte that is repeated. */
function frame(
  content: { readonly raw: string } | { readonly byte: string; readonly times: number },
): Buffer {
  const isRaw = 'raw' in content;
  const bytes = Buffer.from(isRaw ? content.raw : content.byte);
  const size = isRaw ? bytes.length : content.times;
  const header = Buffer.alloc(3);
  // The last block; its type in bits 1 and 2.
  header.writeUIntLE((size << 3) | ((isRaw ? 0 : 1) << 1) | 1, 0, 3);
  // The magic number, no content size, and a window of 128 KiB.
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]), header, bytes]);
}

const long = 'grüße, '.repeat(100_000);

describe('compressed text', () => {
  it('is unpacked by what its name says', async () => {
    expect(await read('x.csv.gz', gzipSync(long))).toBe(long);
    expect(await read('x.csv.br', brotliCompressSync(long))).toBe(long);
    expect(await read('x.ndjson.ZST', frame({ raw: 'grüße' }))).toBe('grüße');
  });

  it('may be of many Zstandard frames, some of nothing', async () => {
    const frames = Array.from({ length: 2_000 }, (_, at) => frame({ raw: at % 3 === 0 ? '' : `${at},` }));
    const text = Array.from({ length: 2_000 }, (_, at) => (at % 3 === 0 ? '' : `${at},`)).join('');
    expect(await read('x.zst', Buffer.concat(frames))).toBe(text);
  });

  it('is refused when more follows the end of its Brotli data: it would be passed over', async () => {
    const two = Buffer.concat([brotliCompressSync('id\n1\n'), brotliCompressSync('2\n')]);
    await expect(read('x.br', two)).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    await expect(
      read('x.br', Buffer.concat([brotliCompressSync(long), Buffer.alloc(2 ** 20)])),
    ).rejects.toThrow(/bytes follow the end of its Brotli data/);
  });

  it.each([
    ['a window', Buffer.from([0x00, 0xa0])],
    ['a content of one piece', Buffer.from([0xa0, 0x00, 0x94, 0x35, 0x77])],
  ])('is refused when it asks for a gigabyte of memory, as %s', async (_, header) => {
    const asking = Buffer.concat([
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
      header,
      Buffer.from([0x01]),
      Buffer.alloc(16),
    ]);
    await expect(read('x.zst', asking)).rejects.toThrow(/asks for \d{10} bytes of memory/);
  });

  it('is refused when the Zstandard file is empty', async () => {
    await expect(read('x.zst', Buffer.alloc(0))).rejects.toThrow(/the file is empty/);
  });

  it('comes in pieces, however much larger it is than its file', async () => {
    const path = join(dir, 'bomb.zst');
    const times = 1_000;
    writeFileSync(
      path,
      Buffer.concat(Array.from({ length: times }, () => frame({ byte: 'x', times: 100_000 }))),
    );
    let [length, largest] = [0, 0];
    for await (const piece of readText(path, {}, new AbortController().signal)) {
      length += piece.length;
      largest = Math.max(largest, piece.length);
    }
    expect(length).toBe(times * 100_000);
    expect(largest).toBeLessThanOrEqual(131_072);
  });

  it.each([
    ['x.gz', gzipSync(long)],
    ['x.br', brotliCompressSync(long)],
    ['x.zst', frame({ raw: long.slice(0, 60_000) })],
  ])('that is cut off or damaged fails, naming file and compression: %s', async (name, bytes) => {
    const expected = {
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(/(gzipped|compressed with) .*x\.(gz|br|zst)'/),
    };
    await expect(read(name, bytes.subarray(0, -3))).rejects.toMatchObject(expected);
    const damaged = Buffer.from(bytes);
    damaged.fill(0xff, 0, 6);
    await expect(read(name, damaged)).rejects.toMatchObject(expected);
  });
});
