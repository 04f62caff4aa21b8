// Owns a block of text that is filled row by row, and a few blocks kept for the next files, as most files are small.
import type { TextTarget } from './text-target.js';

/** A block is handed on when it holds this many bytes. Stores write multiples of it without gathering them first. */
export const blockBytes: number = 256 * 1024;

/** A row of at most this many bytes fits behind a block that is not full yet. */
export const rowRoom: number = 64 * 1024;

/** Blocks that wait for the next file of this thread. */
const keptBlocks = 4;
const kept: TextBlock[] = [];

/** Text under construction. Whoever writes sets `length`. */
export class TextBlock implements TextTarget {
  bytes: Uint8Array;
  view: DataView;
  length = 0;

  constructor() {
    this.bytes = new Uint8Array(blockBytes + rowRoom);
    this.view = new DataView(this.bytes.buffer);
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
}

/** An empty block of the usual size. */
export function takeBlock(): TextBlock {
  return kept.pop() ?? new TextBlock();
}

/** Takes back a block that nobody uses any more. One that a long row made grow is left to the collector. */
export function returnBlock(block: TextBlock): void {
  if (block.bytes.length > blockBytes + rowRoom || kept.length >= keptBlocks) return;
  block.length = 0;
  kept.push(block);
}
