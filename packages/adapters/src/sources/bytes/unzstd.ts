// Owns Zstandard on the way from a file: Node has none before 22.15, so a library in JavaScript stands in on every version.
import { Decompress } from 'fzstd';
import { saidOf } from '../file-error.js';

/** A file is pushed through in pieces of this many bytes. Each may become 128 KiB for every four of them at once: 8 MiB. */
const pieceBytes = 256;

/** Enough for the first frame to say how much of what it has unpacked must be kept. */
const headBytes = 18;
/** As the zstd program allows by default. The library allocates what the frame asks for. */
const mostWindowBytes = 128 * 2 ** 20;

/** Throws for a first frame that asks for more memory. Source: RFC 8878, section 3.1.1.1. */
function checkWindow(head: Buffer): void {
  if (head.length < headBytes || head.readUInt32LE(0) !== 0xfd2fb528) return;
  const flags = head.readUInt8(4);
  const isSingle = (flags & 0x20) !== 0;
  const exponent = head.readUInt8(5) >> 3;
  const base = 2 ** (10 + exponent);
  const window = isSingle ? contentBytes(head, flags) : base + (base / 8) * (head.readUInt8(5) & 7);
  if (window > mostWindowBytes)
    throw new Error(
      `the Zstandard data asks for ${window} bytes of memory, and at most ${mostWindowBytes} are given`,
    );
}

/** Of a frame that has no window of its own: it is kept whole. */
function contentBytes(head: Buffer, flags: number): number {
  const at = 5 + ([0, 1, 2, 4][flags & 3] ?? 0);
  switch (flags >> 6) {
    case 0:
      return head.readUInt8(at);
    case 1:
      return head.readUInt16LE(at) + 256;
    case 2:
      return head.readUInt32LE(at);
    default:
      return Number(head.readBigUInt64LE(at));
  }
}

/** The content of one frame after the other, in pieces; throws for data that is damaged or cut off. */
export async function* unzstd(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const unpacking = new Decompress((piece) => void ready.push(piece));
  const push = (bytes: Uint8Array, isLast: boolean): readonly Uint8Array[] => {
    try {
      unpacking.push(bytes, isLast);
    } catch (error) {
      // Its codes are numbers, which errors of files do not have.
      const problem = saidOf(error);
      throw new Error(`the Zstandard data is damaged: ${problem}`, { cause: error });
    }
    const pieces = ready;
    ready = [];
    return pieces;
  };
  let head = Buffer.alloc(0);
  for await (const chunk of file) {
    if (head.length < headBytes) {
      head = Buffer.concat([head, chunk.subarray(0, headBytes)]);
      checkWindow(head);
    }
    for (let from = 0; from < chunk.length; from += pieceBytes) {
      yield* push(chunk.subarray(from, from + pieceBytes), false);
    }
  }
  if (head.length === 0) throw new Error('the Zstandard data is missing: the file is empty');
  // It notices a frame that is cut off only when it is told that there is no more.
  yield* push(new Uint8Array(0), true);
}
