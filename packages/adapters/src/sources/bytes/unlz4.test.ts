// LZ4 frames before the reader of our own: read as others wrote them, or refused for what is wrong with them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashes } from './hashes.js';
import { unlz4 as unlz4InTurns } from './unlz4.js';

const unlz4 = (packed: Uint8Array, length: number): Promise<Uint8Array> =>
  unlz4InTurns(packed, length, async () => undefined);

/** By the lz4 program, version 1.9.4, with the checksum of the content, and the size of it or the checksum of its block. */
const texts = {
  whole: '04224d186c401800000000000000350f0000006968656c6c6f20060050656c6c6f0a00000000e2ff0342',
  'block by block': '04224d187440bd0f0000006968656c6c6f20060050656c6c6f0ab179796d00000000e2ff0342',
};
const content = 'hello hello hello hello\n';

describe('an LZ4 frame', () => {
  it.each(Object.entries(texts))('is unpacked, %s', async (_, hex) => {
    const out = await unlz4(Buffer.from(hex, 'hex'), content.length);
    expect(Buffer.from(out).toString()).toBe(content);
  });

  it.each(Object.entries(texts))(
    'is refused, or gives the same, where any bit of it is another, %s',
    async (_, hex) => {
      const whole = Buffer.from(hex, 'hex');
      for (let bit = 0; bit < whole.length * 8; bit += 1) {
        const bytes = Buffer.from(whole);
        bytes.writeUInt8(whole.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const out = await unlz4(bytes, content.length).catch((error: unknown) => error);
        if (out instanceof Uint8Array) expect(Buffer.from(out).toString(), `bit ${bit}`).toBe(content);
        else expect(out).toBeInstanceOf(RangeError);
      }
    },
  );

  it('is refused where it is cut off, or has another length', async () => {
    const whole = Buffer.from(texts.whole, 'hex');
    for (let length = 0; length < whole.length; length += 1)
      await expect(unlz4(whole.subarray(0, length), content.length)).rejects.toThrow(RangeError);
    for (const length of [0, content.length - 1, content.length + 1])
      await expect(unlz4(whole, length)).rejects.toThrow(RangeError);
  });

  it.each(Object.entries(texts))('is refused where more follows it, %s', async (_, hex) => {
    const whole = Buffer.from(hex, 'hex');
    for (const more of [Buffer.alloc(1), whole])
      await expect(unlz4(Buffer.concat([whole, more]), content.length)).rejects.toThrow(
        /more behind its end/,
      );
  });

  it('is refused where flags are set that the format keeps for later', async () => {
    const { h32Raw } = await hashes();
    for (const [byte, bits] of [
      [4, [1]],
      [5, [0, 1, 2, 3, 7]],
    ] as const) {
      for (const bit of bits) {
        const bytes = Buffer.from(texts['block by block'], 'hex');
        bytes.writeUInt8(bytes.readUInt8(byte) | (1 << bit), byte);
        bytes.writeUInt8((h32Raw(bytes.subarray(4, 6)) >>> 8) & 0xff, 6);
        await expect(unlz4(bytes, content.length), `byte ${byte}, bit ${bit}`).rejects.toThrow(/not known/);
      }
    }
  });

  it('may not refer to what is before its content', async () => {
    // A block: one literal, then a match two bytes back.
    const block = Buffer.from([0x10, 0x61, 0x02, 0x00, 0x10, 0x62]);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(block.length);
    const frame = Buffer.concat([Buffer.from('04224d18604082', 'hex'), size, block, Buffer.alloc(4)]);
    await expect(unlz4(frame, 6)).rejects.toThrow(/refers to what is not there/);
  });
});

/** What a block says: bytes, and how far back to begin repeating how many. */
interface Sequence {
  readonly literals: Uint8Array;
  readonly back: number;
  readonly match: number;
}

/** The rest of a length whose first 15 are in its token. */
const lengthBytes = (length: number): number[] =>
  length < 15 ? [] : [...Array<number>(Math.floor((length - 15) / 255)).fill(255), (length - 15) % 255];

function sequenceBytes({ literals, back, match }: Sequence): number[] {
  const token = (Math.min(15, literals.length) << 4) | Math.min(15, match - 4);
  const matched = [back & 255, back >> 8, ...lengthBytes(match - 4)];
  return [token, ...lengthBytes(literals.length), ...literals, ...matched];
}

/** A frame of one block of up to 4 MiB without checksums. */
async function frameOf(block: Uint8Array): Promise<Buffer> {
  const { h32Raw } = await hashes();
  const flags = Buffer.from([0x60, 0x70]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  const sum = Buffer.from([(h32Raw(flags) >>> 8) & 0xff]);
  return Buffer.concat([Buffer.from('04224d18', 'hex'), flags, sum, size, block, Buffer.alloc(4)]);
}

describe('a block of LZ4', () => {
  const sequence = fc.record({
    literals: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    back: fc.integer({ min: 1, max: 1_000 }),
    match: fc.integer({ min: 4, max: 1_000 }),
  });

  it('gives what its literals and matches say, short and long, near and far', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sequence, { maxLength: 20 }), async (sequences) => {
        const wanted: number[] = [];
        const block: number[] = [];
        for (const one of sequences) {
          wanted.push(...one.literals);
          const back = Math.min(one.back, wanted.length);
          block.push(...sequenceBytes({ ...one, back }));
          for (let at = 0; at < one.match; at += 1) wanted.push(wanted[wanted.length - back] ?? 0);
        }
        const frame = await frameOf(Buffer.from([...block, 0x10, 7]));
        const out = await unlz4(frame, wanted.length + 1);
        expect(Buffer.from(out).equals(Buffer.from([...wanted, 7]))).toBe(true);
      }),
    );
  });

  it('leaves others their turns however large it is, and ends at any of them', async () => {
    // One byte, a million matches of four, and one byte.
    const matches = 2 ** 20 - 2;
    const first = [0x10, 0x61, 1, 0];
    const block = Buffer.concat([
      Buffer.from(first),
      Buffer.alloc(3 * (matches - 1), Buffer.from([0, 1, 0])),
      Buffer.from([0x10, 0x62]),
    ]);
    const length = 2 + 4 * matches;
    const frame = await frameOf(block);
    let turns = 0;
    const out = await unlz4InTurns(frame, length, async () => void turns++);
    expect(Buffer.from(out).equals(Buffer.alloc(length, 'a').fill('b', length - 1))).toBe(true);
    expect(turns).toBeGreaterThanOrEqual(length / 2 ** 16 - 1);

    let left = 10;
    const ending = unlz4InTurns(frame, length, async () => {
      left -= 1;
      if (left === 0) throw new Error('enough');
    });
    await expect(ending).rejects.toThrow('enough');
    expect(left).toBe(0);
  });
});
