// Owns Zstandard on the way from a file, frame by frame: Node has none before 22.15, so libraries in JavaScript and WebAssembly do it
// on every version. What they do not look at is looked at here: memory that a frame asks for, its length and its checksum.
// Source: RFC 8878, section 3.1.
import { Decompress } from 'fzstd';
import type { XXHash } from 'xxhash-wasm';
import { saidOf } from '../file-error.js';
import { type ByteReader, byteReader } from './byte-reader.js';
import { hashes } from './hashes.js';
import { type FrameHeader, frameMagic, headerOf, isSkippable } from './zstd-header.js';

/** As the zstd program allows by default. The library allocates what the frame asks for. */
const mostWindowBytes = 128 * 2 ** 20;
/** Of a block, packed or not. */
const mostBlockBytes = 128 * 2 ** 10;
/** In which frames that carry no data are passed over. */
const skipBytes = 64 * 2 ** 10;

/** The content of one frame after the other, in pieces; throws for data that is damaged, cut off or followed by something else. */
export async function* unzstd(
  file: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const reader = byteReader(file);
  try {
    for (;;) {
      const start = reader.position;
      const magic = await reader.take(4);
      if (magic.length === 0 && start > 0) return;
      if (magic.length === 0) throw new Error('the Zstandard data is missing: the file is empty');
      const number = magic.length < 4 ? 0 : viewOf(magic).getUint32(0, true);
      if (number === frameMagic) yield* contentOf(reader, start);
      else if (isSkippable(number)) await skip(reader);
      else throw damaged(`no frame begins at byte ${start}`);
    }
  } finally {
    await reader.close();
  }
}

async function* contentOf(reader: ByteReader, start: number): AsyncGenerator<Uint8Array> {
  const header = await headerOf((length) => whole(reader, length));
  if (header.windowBytes > mostWindowBytes)
    throw new Error(
      `the Zstandard data asks for ${header.windowBytes} bytes of memory at byte ${start}, and at most ${mostWindowBytes} are given`,
    );
  if (header.dictionary !== 0)
    throw new Error(`the Zstandard data needs the dictionary ${header.dictionary}, and none can be given`);
  const hash: XXHash<bigint> | undefined = header.hasChecksum ? (await hashes()).create64() : undefined;
  const unpack = unpacker(header, start);
  let length = 0;
  for (let isLast = false; !isLast; ) {
    const at = reader.position;
    const mark = await whole(reader, 3);
    const block = viewOf(mark).getUint16(0, true) | ((mark[2] ?? 0) << 16);
    isLast = (block & 1) === 1;
    const isRepeated = ((block >> 1) & 3) === 1;
    const size = block >> 3;
    if (size > mostBlockBytes) throw damaged(`the block at byte ${at} is said to have ${size} bytes`);
    const body = await whole(reader, isRepeated ? 1 : size);
    for (const piece of unpack(mark, body, isLast)) {
      length += piece.length;
      hash?.update(piece);
      yield piece;
    }
  }
  if (header.contentBytes !== undefined && header.contentBytes !== length)
    throw damaged(`the frame at byte ${start} has ${length} bytes of ${header.contentBytes}`);
  if (hash === undefined) return;
  // The lower half of the hash.
  const noted = viewOf(await whole(reader, 4)).getUint32(0, true);
  if (Number(hash.digest() & 0xffff_ffffn) !== noted)
    throw damaged(`the checksum of the frame at byte ${start} differs from that of its content`);
}

/** The library, given one block at a time, so that no more than a block comes at once. */
function unpacker(
  header: FrameHeader,
  start: number,
): (mark: Uint8Array, body: Uint8Array, isLast: boolean) => readonly Uint8Array[] {
  let ready: Uint8Array[] = [];
  const unpacking = new Decompress((piece) => void ready.push(piece));
  unpacking.push(header.bytesWithoutChecksum);
  return (mark, body, isLast) => {
    try {
      unpacking.push(mark);
      unpacking.push(body, isLast);
    } catch (error) {
      // Its codes are numbers, which errors of files do not have.
      throw damaged(`${saidOf(error)}, in the frame at byte ${start}`, error);
    }
    const pieces = ready;
    ready = [];
    return pieces;
  };
}

/** Frames for other programs, after their magic number. */
async function skip(reader: ByteReader): Promise<void> {
  for (let left = viewOf(await whole(reader, 4)).getUint32(0, true); left > 0; ) {
    left -= (await whole(reader, Math.min(left, skipBytes))).length;
  }
}

async function whole(reader: ByteReader, length: number): Promise<Uint8Array> {
  const bytes = await reader.take(length);
  if (bytes.length === length) return bytes;
  throw damaged(`it is cut off at byte ${reader.position}`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(problem: string, cause?: unknown): Error {
  return new Error(`the Zstandard data is damaged: ${problem}`, { cause });
}
