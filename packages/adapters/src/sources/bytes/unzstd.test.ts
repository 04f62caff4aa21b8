import { describe, expect, it } from 'vitest';
import { unzstd } from './unzstd.js';

/** Compressed by the zstd program, version 1.5.4, with --check and level 19. */
const packed = Buffer.from(
  'KLUv/WQvFjUFAAIMHBTQFw6rSsG5RPhwjpQyyZRkOEsUI/SdNO/Zp9VTnhp2TtcONSz9bF7tG8joNWammTOeSt5+89T4HtkVtaiuyHo3Ts3/jaTyZzMmsxq6' +
    'DeSrefavNByqpZuzwVTZU5p/fmnOMwPiAIpkURbECIQhII5gqCEkvf0zoF12AxJ4BIH8/Wv/74wxWgtSFBrElEqcBLu51waqYDfv8dSERRQ9soRPVgEv4sHW',
  'base64',
);
const text = Array.from({ length: 400 }, (_, i) => `id ${(i * i) % 97}, grüße\n`).join('');
/** Of "hello\n", with checksum, and without the size of the content. */
const hello = Buffer.from('28b52ffd045831000068656c6c6f0a5388bd91', 'hex');
/** The same without checksum. */
const unchecked = Buffer.from('28b52ffd005831000068656c6c6f0a', 'hex');

async function unpack(bytes: Uint8Array, chunkBytes = bytes.length): Promise<string> {
  async function* file(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of unzstd(file())) pieces.push(piece);
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
    await expect(unpack(harmed)).rejects.toThrow(/checksum of the frame at byte 0 differs/);
    await expect(unpack(Buffer.concat([packed, harmed]))).rejects.toThrow(
      new RegExp(`checksum of the frame at byte ${packed.length} differs`),
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
    await expect(unpack(sized(7))).rejects.toThrow(/the frame at byte 0 has 6 bytes of 7/);
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

  it('is refused where it needs a dictionary', async () => {
    const needing = Buffer.concat([
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x58, 7]),
      Buffer.from('010000', 'hex'),
    ]);
    await expect(unpack(needing)).rejects.toThrow(/needs the dictionary 7/);
  });
});
