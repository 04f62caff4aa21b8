// Owns messages whose buffers are compressed, each by itself: they become the messages that they would be without. The library reads
// them only through codecs that the whole process shares, and allocates what a damaged file says.
// Source: RecordBatch and BodyCompression of Message.fbs in apache/arrow.
import { CompressionType, Message } from 'apache-arrow';
import { BufferRegion, DictionaryBatch, RecordBatch } from 'apache-arrow/ipc/metadata/message';
import type { NextTurn } from '../bytes/turns.js';
import { unlz4 } from '../bytes/unlz4.js';
import { unzstd } from '../bytes/unzstd.js';
import { NotRead } from './not-read.js';

/** By it, among the metadata of a batch, Arrow 0.17 told of compression, before the format had a place for that. */
const oldMark = 'ARROW:experimental_compression';

export interface ArrowMessage {
  readonly metadata: Uint8Array;
  readonly body: Uint8Array;
}

/** Before each buffer stands how long it is when it is unpacked. */
const prefixBytes = 8;
/** Instead of that length: it did not become smaller, and is as it was. */
const asItWas = -1n;

/**
 * @param message whose metadata was verified
 * @param maxBytes that its buffers may have together
 * @param nextTurn awaited between buffers and within them
 * @throws RangeError saying what is wrong with the message, as the end of a sentence; NotRead for what may be right with it
 */
export async function unpacked(
  message: ArrowMessage,
  maxBytes: number,
  nextTurn: NextTurn,
): Promise<ArrowMessage> {
  const header = headerOf(message.metadata);
  const batch = header instanceof DictionaryBatch ? header.data : header;
  if (batch !== undefined && Buffer.from(message.metadata).includes(oldMark))
    throw new NotRead(
      'has buffers that are compressed in the way of Arrow 0.17. Write it with a later version, or without compression.',
    );
  if (batch?.compression == null) return message;
  const unpack = unpackers[batch.compression.type];
  if (unpack === undefined)
    throw new NotRead(
      `is compressed in a way that is not known (${batch.compression.type}). Write it with lz4 or zstd, or without compression.`,
    );

  const buffers: Uint8Array[] = [];
  const regions: BufferRegion[] = [];
  let bytes = 0;
  for (const [number, { offset, length }] of batch.buffers.entries()) {
    await nextTurn();
    const packed = message.body.subarray(offset, offset + length);
    if (offset < 0 || packed.length !== length)
      throw new RangeError(`has a buffer (number ${number}) that leads beyond its end`);
    const plainLength = length === 0 ? 0 : lengthOf(packed, number);
    if (bytes + plainLength > maxBytes) {
      throw new NotRead(
        `becomes more than ${maxBytes} bytes when it is unpacked. Raise maxBatchBytes, or write it in smaller batches.`,
        { limit: maxBytes },
      );
    }
    const content = packed.subarray(prefixBytes);
    const isPlain = length === 0 || content.length === 0 || readLength(packed) === asItWas;
    const plain = isPlain ? content : await named(number, () => unpack(content, plainLength, nextTurn));
    if (plain.length !== plainLength)
      throw new RangeError(
        `has a buffer (number ${number}) of ${plain.length} bytes, said to have ${plainLength}`,
      );
    buffers.push(plain);
    regions.push(new BufferRegion(bytes, plain.length));
    bytes += Math.ceil(plain.length / 8) * 8;
  }
  const body = new Uint8Array(bytes);
  for (const [number, plain] of buffers.entries()) {
    await nextTurn();
    body.set(plain, regions[number]?.offset);
  }
  const { length, nodes, variadicBufferCounts, metadata } = batch;
  const plain = new RecordBatch(length, nodes, regions, null, variadicBufferCounts, metadata);
  return {
    metadata: Message.encode(
      header instanceof DictionaryBatch
        ? Message.from(new DictionaryBatch(plain, header.id, header.isDelta), bytes)
        : Message.from(plain, bytes),
    ),
    body,
  };
}

function headerOf(metadata: Uint8Array): RecordBatch | DictionaryBatch | undefined {
  const header: unknown = Message.decode(metadata).header();
  return header instanceof RecordBatch || header instanceof DictionaryBatch ? header : undefined;
}

const readLength = (packed: Uint8Array): bigint =>
  new DataView(packed.buffer, packed.byteOffset, packed.byteLength).getBigInt64(0, true);

function lengthOf(packed: Uint8Array, number: number): number {
  if (packed.length < prefixBytes) throw new RangeError(`has a buffer (number ${number}) without its length`);
  const length = readLength(packed);
  if (length === asItWas) return packed.length - prefixBytes;
  if (length >= 0n && length <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(length);
  throw new RangeError(`has a buffer (number ${number}) that is said to have ${length} bytes`);
}

type Unpack = (packed: Uint8Array, length: number, nextTurn: NextTurn) => Promise<Uint8Array>;

const unpackers: Readonly<Record<number, Unpack>> = {
  [CompressionType.LZ4_FRAME]: unlz4,
  [CompressionType.ZSTD]: async (packed, length, nextTurn) => {
    const out = new Uint8Array(length);
    let done = 0;
    for await (const piece of unzstd([packed], { nextTurn, mostBytes: length })) {
      out.set(piece, done);
      done += piece.length;
    }
    return out.subarray(0, done);
  },
};

async function named(number: number, unpack: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await unpack();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new RangeError(`has a buffer (number ${number}) that cannot be unpacked: ${said}`, {
      cause: error,
    });
  }
}
