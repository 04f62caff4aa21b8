// Owns the blocks of text of a file: where there are two, one is filled while the one before is compressed or written.
import type { ByteStage } from '../compress/byte-stage.js';
import { type BlockSize, returnBlock, type TextBlock, takeBlock } from './text-block.js';

export interface BlockWriter {
  /** The block being filled; it may be another one after every `handOn`. */
  readonly current: TextBlock;
  /**
   * Sends what is full on its way once what went before has arrived; what is beyond begins the next block. Where there is only
   * one, it has arrived when the promise settles.
   */
  handOn(): Promise<void>;
  /** Sends what is left and finishes the stage. */
  finish(): Promise<void>;
  abort(): void;
  /** Bytes encoded, what is still in the block estimated at the ratio so far. The same on every run. */
  readonly encodedBytes: number;
}

export function blockWriter(stage: ByteStage, size: BlockSize): BlockWriter {
  let current = takeBlock(size);
  let underWay: Promise<void> = Promise.resolve();
  let textBytes = 0;
  let arrivedText = 0;
  let arrivedEncoded = 0;

  const arrive = async (): Promise<void> => {
    await underWay;
    // What the stage holds back has no part in the ratio: nothing of it is encoded.
    arrivedText = textBytes - stage.waitingBytes;
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
    const rest = block.bytes.subarray(length, block.length);
    if (!size.takesTurns) {
      await stage.write(block.bytes.subarray(0, length));
      textBytes += length;
      if (block.isGrown) current = takeBlock(size);
      current.restart(rest);
      return arrive();
    }
    current = takeBlock(size);
    current.restart(rest);
    underWay = send(block, length);
    // Whoever waits for it next gets the failure; until then it must not count as unhandled.
    underWay.catch(() => {});
    textBytes += length;
  };

  return {
    get current() {
      return current;
    },
    handOn: () => handOn(current.length - (current.length % size.fullAt)),
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
