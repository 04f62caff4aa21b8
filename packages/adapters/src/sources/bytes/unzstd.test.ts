// Zstandard on reading: checksums, lengths and limits of every frame, and how long a bad one may take.
import { type Clock, systemClock } from '@tailrace/core';
import { describe, expect, it, vi } from 'vitest';
import { zstdText as packed, text } from './packed-text-fixtures.js';
import { turnsOf } from './turns.js';
import { unzstd } from './unzstd.js';

interface Memory {
  readonly buffer: ArrayBuffer;
}

/** The memories of all decoders that were made, which only grow. */
const memories = vi.hoisted(() => {
  const found: Memory[] = [];
  // Node's types know of WebAssembly by its names alone.
  const api = Reflect.get(globalThis, 'WebAssembly') as {
    Instance: new (...given: unknown[]) => { readonly exports: { readonly memory: Memory } };
  };
  api.Instance = class extends api.Instance {
    constructor(...given: unknown[]) {
      super(...given);
      found.push(this.exports.memory);
    }
  };
  return found;
});

const heldBytes = (): number => memories.reduce((bytes, { buffer }) => bytes + buffer.byteLength, 0);

/** Of "hello\n", with checksum, and without the size of the content. */
const hello = Buffer.from('28b52ffd045831000068656c6c6f0a5388bd91', 'hex');
/** The same without checksum. */
const unchecked = Buffer.from('28b52ffd005831000068656c6c6f0a', 'hex');

const nextTurn = async (): Promise<void> => undefined;

async function unpack(bytes: Uint8Array, chunkBytes = bytes.length): Promise<string> {
  async function* file(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of unzstd(file(), { nextTurn })) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** A frame for another program. */
function skippable(length: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d_2a53, 0);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, Buffer.alloc(length, 7)]);
}

describe('Zstandard', () => {
  it.each([1, 3, 64, 100_000])(
    'is unpacked in chunks of %d bytes, with checksums and without',
    async (chunk) => {
      const frames = [hello, skippable(0), packed, unchecked, skippable(70_000), hello];
      expect(await unpack(Buffer.concat(frames), chunk)).toBe(`hello\n${text}hello\nhello\n`);
    },
  );

  it('is refused where its content differs from its checksum, naming the frame', async () => {
    const harmed = Buffer.from(hello);
    harmed.writeUInt8('j'.charCodeAt(0), 9);
    await expect(unpack(harmed)).rejects.toThrow(/checksum differs .* at byte 15 in the frame at byte 0$/);
    await expect(unpack(Buffer.concat([packed, harmed]))).rejects.toThrow(
      new RegExp(`checksum differs .* in the frame at byte ${packed.length}$`),
    );
    for (let at = 0; at < packed.length; at += 1) {
      const changed = Buffer.from(packed);
      changed.writeUInt8(packed.readUInt8(at) ^ 0x10, at);
      // Of a header alone something may be said that means the same.
      if ((await unpack(changed).catch(() => undefined)) !== undefined)
        expect([at, await unpack(changed)]).toEqual([expect.any(Number), text]);
    }
  });

  it('is refused where a frame has another length than it says', async () => {
    // A content of one piece: flags, then its length.
    const sized = (length: number): Buffer =>
      Buffer.concat([
        Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, length]),
        Buffer.from('31000068656c6c6f0a', 'hex'),
      ]);
    expect(await unpack(sized(6))).toBe('hello\n');
    await expect(unpack(sized(7))).rejects.toThrow(
      /holds something else than it says, at byte 6 in the frame at byte 0/,
    );
  });

  it.each([0, 1, 3])(
    'is refused when frame number %d asks for a gigabyte, before it is given',
    async (before) => {
      const greedy = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0]), Buffer.alloc(20)]);
      const frames = [...Array.from({ length: before }, () => unchecked), greedy];
      await expect(unpack(Buffer.concat(frames))).rejects.toThrow(
        /asks for 1073741824 bytes of memory at byte/,
      );
    },
  );

  it('is refused where anything but a frame follows, or a frame ends early', async () => {
    await expect(unpack(Buffer.concat([hello, Buffer.from('more')]))).rejects.toThrow(
      `no frame begins at byte ${hello.length}`,
    );
    for (const bytes of [hello, unchecked, packed, skippable(9)]) {
      for (let length = 1; length < bytes.length; length += 1)
        await expect(unpack(bytes.subarray(0, length))).rejects.toThrow(/is damaged/);
    }
  });

  it('is refused, and not worked at, where a block of few bytes asks for gigabytes', async () => {
    // 98,047 matches of 65,539 bytes and more, whose codes are noted once for all of them.
    const block = Buffer.from('0861ffffff5400003401', 'hex');
    const mark = Buffer.alloc(3);
    mark.writeUIntLE((block.length << 3) | (2 << 1) | 1, 0, 3);
    const frame = Buffer.concat([Buffer.from('28b52ffd0058', 'hex'), mark, block]);
    expect(frame).toHaveLength(19);
    await expect(unpack(frame)).rejects.toThrow(/at byte 6 in the frame at byte 0/);
    // What went wrong there is forgotten here.
    expect(await unpack(Buffer.concat([hello, packed]))).toBe(`hello\n${text}`);
  });

  it('asks for the memory of many frames once', async () => {
    // Each wants a window of 128 MiB, and has a block of nothing.
    const frame = Buffer.from('28b52ffd0088010000', 'hex');
    const before = heldBytes();
    expect(await unpack(Buffer.concat([...Array<Buffer>(2_000).fill(frame), hello]))).toBe('hello\n');
    const more = heldBytes() - before;
    expect(more).toBeGreaterThan(100 * 2 ** 20);
    expect(more).toBeLessThan(200 * 2 ** 20);
  });

  it('is refused where more comes of it than it may, before memory is given where its header says so', async () => {
    const upTo = async (bytes: Uint8Array, mostBytes: number): Promise<number> => {
      let length = 0;
      for await (const piece of unzstd([bytes], { nextTurn, mostBytes })) length += piece.length;
      return length;
    };
    const bytes = Buffer.byteLength(text);
    expect(await upTo(Buffer.concat([packed, hello]), bytes + 6)).toBe(bytes + 6);
    await expect(upTo(packed, bytes - 1)).rejects.toThrow(
      /is said to have \d+ bytes, and at most \d+ are left/,
    );
    await expect(upTo(Buffer.concat([hello, packed]), bytes + 5)).rejects.toThrow(/at most \d+ are left/);
    await expect(upTo(Buffer.concat([packed, hello]), bytes + 5)).rejects.toThrow(
      /more than \d+ bytes come of it/,
    );
  });

  it('gives the event loop its turns, and ends between two blocks when it is aborted', async () => {
    let now = 0;
    let turns = 0;
    const clock: Clock = {
      ...systemClock,
      now() {
        now += 2;
        return now;
      },
      async yield() {
        turns += 1;
      },
    };
    const stopping = new AbortController();
    const reading = unzstd([Buffer.concat(Array<Buffer>(100).fill(unchecked))], {
      nextTurn: turnsOf(stopping.signal, clock),
    });
    let pieces = 0;
    const read = async (): Promise<void> => {
      for await (const _ of reading) {
        pieces += 1;
        if (pieces === 40) stopping.abort(new Error('enough'));
      }
    };
    await expect(read()).rejects.toThrow('enough');
    expect(pieces).toBe(40);
    // Two questions a frame, and a turn at every third.
    expect(turns).toBeGreaterThan(20);
  });

  it('is read by many at once, each with a decoder of its own', async () => {
    const files = Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? [packed, hello] : [hello, packed]));
    const texts = await Promise.all(files.map((frames) => unpack(Buffer.concat(frames), 5)));
    expect(texts).toEqual(files.map(([first]) => (first === packed ? `${text}hello\n` : `hello\n${text}`)));
  });

  it('is refused where it needs a dictionary', async () => {
    const needing = Buffer.concat([
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x58, 7]),
      Buffer.from('010000', 'hex'),
    ]);
    await expect(unpack(needing)).rejects.toThrow(/needs the dictionary 7/);
  });
});
