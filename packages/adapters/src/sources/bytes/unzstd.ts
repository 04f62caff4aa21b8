// Owns Zstandard on the way from a file, frame by frame and block by block, so that damage has a place, memory that a frame asks for
// is looked at before it is given, and the event loop has its turns.
// Source: RFC 8878, section 3.1.
import { saidOf } from '../file-error.js';
import { type ByteReader, byteReader } from './byte-reader.js';
import type { NextTurn } from './turns.js';
import { type ZstdDecoder, zstdDecoder } from './zstd-decoder.js';
import { type FrameHeader, frameMagic, headerOf, isSkippable } from './zstd-header.js';

/** As the zstd program allows by default. */
const mostWindowBytes = 128 * 2 ** 20;
/** Of a block, packed or not. */
const mostBlockBytes = 128 * 2 ** 10;
/** In which frames that carry no data are passed over. */
const skipBytes = 64 * 2 ** 10;

export interface UnzstdOptions {
  /** Awaited between two blocks; throws when it is to end. */
  readonly nextTurn: NextTurn;
  /** Bytes that may come of all frames together. Without it there is no such limit: pieces are given as they come. */
  readonly mostBytes?: number;
}

/** The content of one frame after the other, in pieces; throws for data that is damaged, cut off or followed by something else. */
export async function* unzstd(
  file: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { nextTurn, mostBytes = Number.POSITIVE_INFINITY }: UnzstdOptions,
): AsyncGenerator<Uint8Array> {
  const reader = byteReader(file);
  let decoder: ZstdDecoder | undefined;
  let given = 0;
  try {
    for (;;) {
      await nextTurn();
      const start = reader.position;
      const magic = await reader.take(4);
      if (magic.length === 0 && start > 0) return;
      if (magic.length === 0) throw new Error('the Zstandard data is missing: the file is empty');
      const number = magic.length < 4 ? 0 : viewOf(magic).getUint32(0, true);
      if (isSkippable(number)) {
        await skip(reader, nextTurn);
        continue;
      }
      if (number !== frameMagic) throw damaged(`no frame begins at byte ${start}`);
      const header = await headerOf((length) => whole(reader, length));
      ensureGiven(header, start, mostBytes - given);
      decoder ??= await zstdDecoder();
      for await (const piece of contentOf(reader, header, start, decoder, nextTurn)) {
        given += piece.length;
        if (given > mostBytes) throw damaged(`more than ${mostBytes} bytes come of it`);
        yield piece;
      }
    }
  } finally {
    decoder?.release();
    await reader.close();
  }
}

/** Before anything is allocated for the frame. */
function ensureGiven(
  { windowBytes, contentBytes = 0, dictionary }: FrameHeader,
  start: number,
  most: number,
): void {
  if (windowBytes > mostWindowBytes)
    throw new Error(
      `the Zstandard data asks for ${windowBytes} bytes of memory at byte ${start}, and at most ${mostWindowBytes} are given`,
    );
  if (contentBytes > most)
    throw damaged(
      `the frame at byte ${start} is said to have ${contentBytes} bytes, and at most ${most} are left`,
    );
  if (dictionary !== 0)
    throw new Error(`the Zstandard data needs the dictionary ${dictionary}, and none can be given`);
}

async function* contentOf(
  reader: ByteReader,
  header: FrameHeader,
  start: number,
  decoder: ZstdDecoder,
  nextTurn: NextTurn,
): AsyncGenerator<Uint8Array> {
  function* unpacked(at: number, ...pieces: readonly Uint8Array[]): Generator<Uint8Array> {
    try {
      yield* decoder.unpack(...pieces);
    } catch (error) {
      throw damaged(`${saidOf(error)}, at byte ${at} in the frame at byte ${start}`, error);
    }
  }
  yield* unpacked(start, header.bytes);
  for (let isLast = false; !isLast; ) {
    await nextTurn();
    const at = reader.position;
    const mark = await whole(reader, 3);
    const block = viewOf(mark).getUint16(0, true) | ((mark[2] ?? 0) << 16);
    isLast = (block & 1) === 1;
    const isRepeated = ((block >> 1) & 3) === 1;
    const size = block >> 3;
    if (size > mostBlockBytes) throw damaged(`the block at byte ${at} is said to have ${size} bytes`);
    yield* unpacked(at, mark, await whole(reader, isRepeated ? 1 : size));
  }
  if (header.hasChecksum) yield* unpacked(reader.position, await whole(reader, 4));
}

/** Frames for other programs, after their magic number. */
async function skip(reader: ByteReader, nextTurn: NextTurn): Promise<void> {
  for (let left = viewOf(await whole(reader, 4)).getUint32(0, true); left > 0; ) {
    left -= (await whole(reader, Math.min(left, skipBytes))).length;
    await nextTurn();
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
