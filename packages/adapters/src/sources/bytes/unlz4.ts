// Owns LZ4 frames: one frame into as many bytes as are known to come out of it. Libraries for it are native, of the block format
// alone, or trust what a damaged frame says; the format is small.
// Source: lz4_Frame_format.md and lz4_Block_format.md of lz4/lz4, versions 1.6.4 and 2024-03.
import { hashes } from './hashes.js';
import type { NextTurn } from './turns.js';

const frameMagic = 0x184d_2204;
/** The size of a block whose bytes are as they were has its highest bit set. */
const plainBlock = 0x8000_0000;
const flag = { blockChecksum: 0x10, contentSize: 0x08, contentChecksum: 0x04, dictionary: 0x01 } as const;
/** Of the two bytes of flags: the format keeps them for later, and until then they are 0. */
const reserved = { flags: 0x02, blockSize: 0x8f } as const;
/** Bytes that a block has at most, unpacked, by the three bits of the head that say so. The smaller numbers have no meaning. */
const blockSizes: readonly (number | undefined)[] = [
  ...Array<undefined>(4),
  ...[16, 18, 20, 22].map((bits) => 2 ** bits),
];
/** Matches are at least so long. */
const leastMatch = 4;
/** Up to which a loop is faster than a call. */
const shortBytes = 32;
/** After which others may have their turn. */
const turnBytes = 64 * 1024;

/**
 * @param length in bytes, which are allocated
 * @param nextTurn awaited before each block, and within it whenever 64 KiB have come of it; throws when it is to end
 * @throws RangeError for a frame that is damaged, or whose content has not exactly `length` bytes
 */
export async function unlz4(packed: Uint8Array, length: number, nextTurn: NextTurn): Promise<Uint8Array> {
  const { h32Raw, create32 } = await hashes();
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const within = (at: number, bytes: number): number => {
    ensure(at + bytes <= packed.length, 'it is cut off');
    return at;
  };
  const uint32 = (at: number): number => view.getUint32(within(at, 4), true);
  const ensureSum = (of: Uint8Array, at: number, what: string): void =>
    ensure(h32Raw(of) >>> 0 === uint32(at), `the checksum of ${what} differs`);

  ensure(uint32(0) === frameMagic, 'no frame begins there');
  const flags = view.getUint8(within(4, 2));
  ensure(flags >> 6 === 1, 'it is of another version');
  ensure(
    (flags & reserved.flags) === 0 && (view.getUint8(within(5, 1)) & reserved.blockSize) === 0,
    'it has flags that are not known',
  );
  ensure((flags & flag.dictionary) === 0, 'it needs a dictionary');
  const hasSize = (flags & flag.contentSize) !== 0;
  if (hasSize) ensure(view.getBigUint64(within(6, 8), true) === BigInt(length), 'it is of another length');
  const headEnd = hasSize ? 14 : 6;
  const headSum = (h32Raw(packed.subarray(4, headEnd)) >>> 8) & 0xff;
  ensure(headSum === view.getUint8(within(headEnd, 1)), 'the checksum of its head differs');

  const blockBytes = blockSizes[(view.getUint8(5) >> 4) & 7];
  ensure(blockBytes !== undefined, 'its blocks have a size that is not known');
  const contentSum = (flags & flag.contentChecksum) === 0 ? undefined : create32();

  const out = new Uint8Array(length);
  let done = 0;
  let at = headEnd + 1;
  for (let mark = uint32(at); mark !== 0; mark = uint32(at)) {
    await nextTurn();
    const size = mark % plainBlock;
    const block = packed.subarray(within(at + 4, size), at + 4 + size);
    at += 4 + size;
    if ((flags & flag.blockChecksum) !== 0) {
      ensureSum(block, at, 'a block');
      at += 4;
    }
    const start = done;
    const room = out.subarray(0, start + blockBytes);
    if (mark < plainBlock) {
      done = await unpackBlock(block, room, start, nextTurn);
    } else {
      ensure(start + size <= room.length, 'more comes of it than it says');
      room.set(block, start);
      done += size;
    }
    contentSum?.update(room.subarray(start, done));
  }
  ensure(done === length, `${done} bytes come of it, not ${length}`);
  at += 4;
  if (contentSum !== undefined) {
    ensure(contentSum.digest() >>> 0 === uint32(at), 'the checksum of its content differs');
    at += 4;
  }
  ensure(at === packed.length, 'there is more behind its end');
  return out;
}

/**
 * Blocks may refer to what those before them have left in `out`. Gives where the content ends now. Short pieces, of which there are
 * most, are copied byte by byte: a call for each takes longer.
 */
async function unpackBlock(
  block: Uint8Array,
  out: Uint8Array,
  start: number,
  nextTurn: NextTurn,
): Promise<number> {
  let from = 0;
  let to = start;
  let turnAt = start + turnBytes;
  const byte = (): number => {
    ensure(from < block.length, 'a block is cut off');
    return block[from++] as number; // within
  };
  /** Lengths of 15 and more go on in bytes that are added up, until one is not 255. */
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15) {
      let more = 255;
      while (more === 255) {
        more = byte();
        length += more;
      }
    }
    return length;
  };
  for (;;) {
    if (to >= turnAt) {
      await nextTurn();
      turnAt = to + turnBytes;
    }
    const token = byte();
    const literals = lengthFrom(token >> 4);
    ensure(from + literals <= block.length, 'a block is cut off');
    ensure(to + literals <= out.length, 'more comes of it than it says');
    if (literals <= shortBytes) {
      for (const end = to + literals; to < end; to += 1, from += 1) out[to] = block[from] as number; // within
    } else {
      out.set(block.subarray(from, from + literals), to);
      from += literals;
      to += literals;
    }
    // The last of a block are literals alone.
    if (from === block.length) return to;
    const back = byte() | (byte() << 8);
    ensure(back > 0 && back <= to, 'a block refers to what is not there');
    const match = lengthFrom(token & 15) + leastMatch;
    ensure(to + match <= out.length, 'more comes of it than it says');
    repeat(out, { to, back, length: match });
    to += match;
  }
}

interface Repeated {
  readonly to: number;
  readonly back: number;
  readonly length: number;
}

/** Writes again what lies `back` bytes before `to`; a piece that is longer than that repeats itself. */
function repeat(out: Uint8Array, { to, back, length }: Repeated): void {
  const end = to + length;
  if (length <= shortBytes) {
    for (let at = to; at < end; at += 1) out[at] = out[at - back] as number; // within
    return;
  }
  // What is there may be copied at once, and is twice as long then.
  for (let at = to, there = back; at < end; there *= 2) {
    const piece = Math.min(there, end - at);
    out.copyWithin(at, at - there, at - there + piece);
    at += piece;
  }
}

function ensure(holds: boolean, problem: string): asserts holds {
  if (!holds) throw new RangeError(problem);
}
