// Owns how much scratch a thread keeps between pages: one huge value must not leave its memory behind for good.
import { pageBytes } from './coder.js';

/** Room for any page of the usual size, its growth by doubling included. */
export const maxScratchBytes: number = 4 * pageBytes;

/** Memory that the values of one page are gathered in, used again for the next. */
export interface PageScratch {
  /** At least `size` bytes, which hold anything: the same as before where they suffice. */
  room(size: number): Uint8Array;
  /** Lets the memory go where it has grown beyond `maxScratchBytes`. */
  release(): void;
}

export function pageScratch(): PageScratch {
  let bytes = new Uint8Array(0);
  return {
    room(size) {
      if (bytes.length < size) bytes = new Uint8Array(size);
      return bytes;
    },
    release() {
      if (bytes.length > maxScratchBytes) bytes = new Uint8Array(0);
    },
  };
}
