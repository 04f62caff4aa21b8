// Owns the two blocks of text that take turns: one is filled while the other is compressed or written.
import type { ByteStage } from '../compress/gzip.js';
import { TextBuffer } from './text-buffer.js';

/** A block is handed on when it holds this many bytes; with one row more at most, as rows are not split. */
export const blockBytes: number = 128 * 1024;
const slack = 8 * 1024;

export interface BlockWriter {
  /** The block being filled; another one after every `handOn`. */
  readonly current: TextBuffer;
  /** Sends the block on its way once the one before has arrived. */
  handOn(): Promise<void>;
  /** Sends what is left and finishes the stage. */
  finish(): Promise<void>;
  abort(): void;
  /** Bytes encoded, what is still in the block estimated at the ratio so far. The same on every run. */
  readonly encodedBytes: number;
}

export function blockWriter(stage: ByteStage): BlockWriter {
  let current = new TextBuffer(blockBytes + slack);
  let other = new TextBuffer(blockBytes + slack);
  let underWay: Promise<void> = Promise.resolve();
  let textBytes = 0;
  let arrivedText = 0;
  let arrivedEncoded = 0;

  const handOn = async (): Promise<void> => {
    await underWay;
    arrivedText = textBytes;
    arrivedEncoded = stage.encodedBytes;
    if (current.length === 0) return;
    const block = current;
    underWay = stage.write(block.bytes.subarray(0, block.length));
    // Whoever waits for it next gets the failure; until then it must not count as unhandled.
    underWay.catch(() => {});
    textBytes += block.length;
    current = other;
    current.clear();
    other = block;
  };

  return {
    get current() {
      return current;
    },
    handOn,
    async finish() {
      await handOn();
      await underWay;
      await stage.finish();
      arrivedText = textBytes;
      arrivedEncoded = stage.encodedBytes;
    },
    abort: () => stage.abort(),
    get encodedBytes() {
      const ratio = arrivedText === 0 ? 1 : arrivedEncoded / arrivedText;
      return Math.round(arrivedEncoded + (textBytes - arrivedText + current.length) * ratio);
    },
  };
}
