// Owns Zstandard on the way from a file: Node has none before 22.15, so a library in JavaScript stands in on every version.
import { Decompress } from 'fzstd';
import { saidOf } from '../file-error.js';

/** A file is pushed through in pieces of this many bytes. Each may become 128 KiB for every four of them at once: 8 MiB. */
const pieceBytes = 256;

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
  for await (const chunk of file) {
    for (let from = 0; from < chunk.length; from += pieceBytes) {
      yield* push(chunk.subarray(from, from + pieceBytes), false);
    }
  }
  // It notices a frame that is cut off only when it is told that there is no more.
  yield* push(new Uint8Array(0), true);
}
