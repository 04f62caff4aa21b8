// Owns a block of text that is filled row by row, its size, and a few blocks kept for the next files, as most files are small.
import type { TextTarget } from './text-target.js';

/** Bytes of text in a block, where memory allows. Stores write multiples of it without gathering them first. */
export const blockBytes: number = 256 * 1024;

/** A row of at most this many bytes fits behind a block that is not full yet, where memory allows. */
const rowRoom = 64 * 1024;
/** The room behind a small block: a part of its memory, but at least so many bytes. */
const smallRoomPart = 1 / 17;
const leastRowRoom = 4 * 1024;
/** Blocks of fewer bytes would be handed on every few rows. */
export const leastBlockBytes: number = 16 * 1024;
/** What text is counted in where a block holds less than `blockBytes`: a page of most file systems. */
const pageBytes = 4 * 1024;

/** What one file keeps in memory. */
export interface BlockSize {
  /** Memory of a block, the room for the last row included. */
  readonly bytes: number;
  /** A block is handed on when it holds this many bytes of text. */
  readonly fullAt: number;
  /** Whether a second block is filled while the first one is under way. */
  readonly takesTurns: boolean;
}

/**
 * Two blocks that take turns, else one that is filled again once it has been taken: a whole block spares the store a buffer,
 * which two halves would not.
 * @param maxBufferedBytes what the blocks of one file may take, in bytes; below `leastBlockBytes` they take more
 */
export function blockSize(maxBufferedBytes: number): BlockSize {
  const most = blockBytes + rowRoom;
  if (maxBufferedBytes >= 2 * most) return { bytes: most, fullAt: blockBytes, takesTurns: true };
  const bytes = Math.max(leastBlockBytes, Math.min(most, Math.floor(maxBufferedBytes)));
  const text = Math.min(blockBytes, bytes - Math.max(leastRowRoom, bytes * smallRoomPart));
  return { bytes, fullAt: Math.floor(text / pageBytes) * pageBytes, takesTurns: false };
}

/** Blocks that wait for the next file of this thread. */
const keptBlocks = 4;
const kept: TextBlock[] = [];

/** Text under construction. Whoever writes sets `length`. */
export class TextBlock implements TextTarget {
  bytes: Uint8Array;
  view: DataView;
  length = 0;
  /** No row begins from here on. */
  readonly fullAt: number;
  readonly #usual: number;

  constructor({ bytes, fullAt }: BlockSize) {
    this.bytes = new Uint8Array(bytes);
    this.view = new DataView(this.bytes.buffer);
    this.fullAt = fullAt;
    this.#usual = bytes;
  }

  /** Bytes that surely fit behind a block that is not full. */
  get rowRoom(): number {
    return this.#usual - this.fullAt;
  }

  /** Whether a long row made it larger than its size says. */
  get isGrown(): boolean {
    return this.bytes.length > this.#usual;
  }

  /** Makes room for `more` bytes behind the text. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(needed);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** Begins anew with this text, which may be a part of its own. */
  restart(text: Uint8Array): void {
    this.length = 0;
    this.reserve(text.length);
    this.bytes.set(text);
    this.length = text.length;
  }
}

/** An empty block. */
export function takeBlock(size: BlockSize): TextBlock {
  const at = kept.findLastIndex(({ bytes }) => bytes.length === size.bytes);
  const [block] = at < 0 ? [] : kept.splice(at, 1);
  return block ?? new TextBlock(size);
}

/** Takes back a block that nobody uses any more. One that a long row made grow is left to the collector. */
export function returnBlock(block: TextBlock): void {
  if (block.isGrown) return;
  // The oldest goes, since files may have blocks of another size by now.
  if (kept.length >= keptBlocks) kept.shift();
  block.length = 0;
  kept.push(block);
}
