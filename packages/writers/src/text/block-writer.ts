// Owns the blocks of text that take turns: one is filled while the one before is compressed or written.
import type { ByteStage } from '../compress/gzip.js';
import { blockBytes, returnBlock, type TextBlock, takeBlock } from './text-block.js';

export interface BlockWriter {
  /** The block being filled; another one after every `handOn`. */
  readonly current: TextBlock;
  /** Sends whole blocks on their way once the one before has arrived; what is beyond them begins the next. */
  handOn(): Promise<void>;
  /** Sends what is left and finishes the stage. */
  finish(): Promise<void>;
  abort(): void;
  /** Bytes encoded, what is still in the block estimated at the ratio so far. The same on every run. */
  readonly encodedBytes: number;
}

export function blockWriter(stage: ByteStage): BlockWriter {
  let current = takeBlock();
  let underWay: Promise<void> = Promise.resolve();
  let textBytes = 0;
  let arrivedText = 0;
  let arrivedEncoded = 0;

  const arrive = async (): Promise<void> => {
    await underWay;
    arrivedText = textBytes;
    arrivedEncoded = stage.encodedBytes;
  };
  const send = async (block: TextBlock, length: number): Promise<void> => {
    await stage.write(block.bytes.subarray(0, length));
    returnBlock(block);
  };
  /** @param length of the current block's text: what goes now */
  const handOn = async (length: number): Promise<void> => {
    await arrive();
    if (length === 0) return;
    const block = current;
    current = takeBlock();
    const rest = block.length - length;
    current.reserve(rest);
    current.bytes.set(block.bytes.subarray(length, block.length));
    current.length = rest;
    underWay = send(block, length);
    // Whoever waits for it next gets the failure; until then it must not count as unhandled.
    underWay.catch(() => {});
    textBytes += length;
  };

  return {
    get current() {
      return current;
    },
    handOn: () => handOn(current.length - (current.length % blockBytes)),
    async finish() {
      await handOn(current.length);
      await arrive();
      await stage.finish();
      arrivedText = textBytes;
      arrivedEncoded = stage.encodedBytes;
      returnBlock(current);
    },
    abort: () => stage.abort(),
    get encodedBytes() {
      const ratio = arrivedText === 0 ? 1 : arrivedEncoded / arrivedText;
      return Math.round(arrivedEncoded + (textBytes - arrivedText + current.length) * ratio);
    },
  };
}
