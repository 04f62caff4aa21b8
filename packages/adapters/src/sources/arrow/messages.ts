// Owns the messages of an Arrow IPC file or stream, one after the other, each whole and looked at before anything follows what it says.
import { type FileHandle, open } from 'node:fs/promises';
import { Message, type Schema } from 'apache-arrow';
import { type ByteReader, byteReader } from '../bytes/byte-reader.js';
import { type FileCompression, openBytes } from '../bytes/open-bytes.js';
import { type NextTurn, turnsOf } from '../bytes/turns.js';
import { contentError, fileError, saidOf } from '../file-error.js';
import { dictionaryRoom } from './dictionary-room.js';
import { bigEndian, type Footer, footerWithin, readFooter } from './footer.js';
import { NotRead } from './not-read.js';
import { unpacked } from './unpacked.js';
import { type MessageSummary, verifyMessage } from './verify.js';

/** Bytes of metadata that a message may have: thousands of columns take a few hundred each. */
export const maxMetadataBytes: number = 64 * 2 ** 20;
/** What a message begins with. */
export const continuation = 0xffff_ffff;

export interface ReadMessages {
  readonly path: string;
  readonly compression: FileCompression;
  /** Bytes that a message may have beside its metadata. */
  readonly maxBatchBytes: number;
  /** Whether a stream may end without its end mark. */
  readonly isMarkOptional: boolean;
  readonly signal: AbortSignal;
}

const advice = 'Write or fetch it again; other files can be read all the same.';

interface Reading extends ReadMessages {
  /** Counts the dictionaries that the reader of the messages holds. */
  readonly makeRoom: ReturnType<typeof dictionaryRoom>;
  readonly nextTurn: NextTurn;
}

/**
 * The messages as a stream has them, the schema first. Files are read by their footer; those that are compressed as a whole are
 * unpacked into memory for it, as far as `maxBatchBytes` allows.
 * Throws SOURCE_FAILED for files that are missing, damaged or of another format.
 */
export async function* messagesOf(options: ReadMessages): AsyncGenerator<Uint8Array> {
  const { path, compression, signal } = options;
  const reading: Reading = {
    ...options,
    makeRoom: dictionaryRoom(options.maxBatchBytes),
    nextTurn: turnsOf(signal),
  };
  try {
    if (compression === 'none') {
      const footer = readFooter(path, maxMetadataBytes);
      if (footer !== undefined) {
        yield* messagesOfStored(reading, footer);
        return;
      }
    }
    const reader = byteReader(await openBytes(path, compression, signal));
    try {
      const head = Buffer.from(await reader.take(8));
      if (head.toString('latin1', 0, 6) === 'ARROW1') yield* messagesOfPacked(reading, head, reader);
      else yield* messagesOfStream(reading, head, reader);
    } finally {
      await reader.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw fileError(
      path,
      compression === 'none' ? 'read Arrow file' : `read ${compression} Arrow file`,
      error,
    );
  }
}

function schemaOf(path: string, footer: Footer): Uint8Array {
  try {
    return schemaMessage(footer.schema);
  } catch (error) {
    throw contentError(
      path,
      `is damaged: its schema cannot be read (${saidOf(error)}). Write or fetch it again.`,
      {},
      error,
    );
  }
}

async function* messagesOfStored(reading: Reading, footer: Footer): AsyncGenerator<Uint8Array> {
  const { path } = reading;
  const handle = await open(path, 'r');
  try {
    yield* messagesOfFile(reading, footer, (offset, bytes) => readBlock(path, handle, offset, bytes));
  } finally {
    await handle.close();
  }
}

/** The footer of a file stands at its end, and some writers note the schema nowhere else. */
async function* messagesOfPacked(
  reading: Reading,
  head: Buffer,
  reader: ByteReader,
): AsyncGenerator<Uint8Array> {
  const { path, maxBatchBytes } = reading;
  const rest = await reader.take(maxBatchBytes + 1 - head.length);
  if (head.length + rest.length > maxBatchBytes) {
    throw contentError(
      path,
      `is an Arrow file that is compressed as a whole. Such a file must be held in memory, and unpacked it has more than ` +
        `${maxBatchBytes} bytes. Unpack it, raise maxBatchBytes, or have its writer compress a stream instead.`,
      { limit: maxBatchBytes },
    );
  }
  const bytes = Buffer.concat([head, rest]);
  const footer = footerWithin(path, bytes, maxMetadataBytes);
  if (footer === undefined)
    throw contentError(path, `is damaged: it does not begin as an Arrow file. ${advice}`);
  yield* messagesOfFile(reading, footer, (offset, length) => bytes.subarray(offset, offset + length));
}

async function* messagesOfFile(
  reading: Reading,
  footer: Footer,
  blockAt: (offset: number, bytes: number) => Uint8Array | Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { path, signal } = reading;
  yield schemaOf(path, footer);
  for (const { offset, bytes, bodyBytes } of footer.blocks) {
    signal.throwIfAborted();
    ensureRoom(reading, offset, bodyBytes);
    const message = await nextMessage(reading, byteReader([await blockAt(offset, bytes)]), offset);
    if (typeof message === 'string')
      throw contentError(path, `is damaged: no message begins at byte ${offset}. ${advice}`);
    yield message;
  }
}

async function* messagesOfStream(
  reading: Reading,
  head: Buffer,
  reader: ByteReader,
): AsyncGenerator<Uint8Array> {
  const { path, signal } = reading;
  let first: Buffer | undefined = head;
  for (let count = 0; ; count += 1) {
    signal.throwIfAborted();
    const message = await nextMessage(reading, reader, 0, first);
    if (message === 'end mark' || message === 'no more bytes') {
      if (count === 0)
        throw contentError(
          path,
          'is no Arrow file or stream: it has no message. Perhaps it is still being written.',
        );
      if (message === 'end mark') await ensureNothingFollows(path, reader);
      else if (!reading.isMarkOptional) throw unended(path, reader.position);
      return;
    }
    first = undefined;
    yield message;
  }
}

/** What follows would be missing without a word: streams that were written one after the other into one file, for example. */
async function ensureNothingFollows(path: string, reader: ByteReader): Promise<void> {
  const end = reader.position;
  if ((await reader.take(1)).length === 0) return;
  throw contentError(
    path,
    `has more bytes behind the end of its stream, at byte ${end}, which would be left out. Give each stream a file of its own.`,
    { byte: end },
  );
}

/** Cut between two messages, a stream looks like one whose writer leaves the mark out. */
function unended(path: string, byte: number): Error {
  return contentError(
    path,
    `ends at byte ${byte} without the end mark of a stream: it is cut off, or still being written. Write or fetch it again. If its ` +
      `writer leaves the mark out, which the format allows, and the stream is known to be whole, read it with endMark: 'optional'.`,
    { byte },
  );
}

/**
 * One message with its head and its body, or what is there instead: the end mark of a stream, or nothing.
 * @param start of the reader in the file, for messages
 * @param taken what was read of it already
 */
async function nextMessage(
  reading: Reading,
  reader: ByteReader,
  start: number,
  taken?: Buffer,
): Promise<Uint8Array | 'end mark' | 'no more bytes'> {
  const { path } = reading;
  const at = start + reader.position - (taken?.length ?? 0);
  const damaged = (problem: string, cause?: unknown): Error =>
    contentError(
      path,
      `is damaged or no Arrow file: the message at byte ${at} ${problem}. ${advice}`,
      { byte: at },
      cause,
    );
  const mark = taken ?? Buffer.from(await reader.take(8));
  if (mark.length === 0) return 'no more bytes';
  if (mark.length < 8) throw damaged('is cut short');
  // Before version 0.15 of Arrow there was no mark before the length.
  if (mark.readUInt32LE(0) !== continuation) throw damaged('does not begin as one');
  const metadataBytes = mark.readInt32LE(4);
  if (metadataBytes === 0) return 'end mark';
  if (metadataBytes < 0 || metadataBytes > maxMetadataBytes)
    throw damaged(`says that it has ${metadataBytes} bytes of metadata`);
  const metadata = await reader.take(metadataBytes);
  if (metadata.length < metadataBytes) throw damaged('is cut short');
  const { kind, bodyBytes, isBigEndian } = verified(metadata, damaged);
  if (isBigEndian) throw bigEndian(path);
  if (!Number.isSafeInteger(bodyBytes) || bodyBytes < 0) throw damaged(`says that it has ${bodyBytes} bytes`);
  ensureRoom(reading, at, bodyBytes);
  const body = await reader.take(bodyBytes);
  if (body.length < bodyBytes) throw damaged('is cut short');
  try {
    const plain = await unpacked({ metadata, body }, reading.maxBatchBytes, reading.nextTurn);
    if (kind === 'dictionary') reading.makeRoom(plain.metadata, plain.body.length);
    return framed(plain.metadata, plain.body);
  } catch (error) {
    if (error instanceof RangeError) throw damaged(error.message, error);
    if (error instanceof NotRead)
      throw contentError(
        path,
        `has a message at byte ${at} that ${error.message}`,
        { byte: at, ...error.context },
        error,
      );
    throw error;
  }
}

function ensureRoom({ path, maxBatchBytes }: ReadMessages, at: number, bodyBytes: number): void {
  if (bodyBytes <= maxBatchBytes) return;
  throw contentError(
    path,
    `has a batch of ${bodyBytes} bytes at byte ${at}, and ${maxBatchBytes} are read at once. Raise maxBatchBytes, or write it in smaller batches.`,
    { byte: at, limit: maxBatchBytes },
  );
}

function verified(metadata: Uint8Array, damaged: (problem: string, cause: unknown) => Error): MessageSummary {
  try {
    return verifyMessage(metadata);
  } catch (error) {
    if (error instanceof RangeError) throw damaged(`cannot be read (${error.message})`, error);
    throw error;
  }
}

/** A message in one piece, its body at a multiple of eight bytes, where typed arrays can lie on it. */
function framed(metadata: Uint8Array, body: Uint8Array): Uint8Array {
  const padded = Math.ceil(metadata.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, continuation, true);
  view.setUint32(4, padded, true);
  bytes.set(metadata, 8);
  bytes.set(body, 8 + padded);
  return bytes;
}

/** A file has its schema in the footer; some writers leave it out of the stream within. */
function schemaMessage(schema: Schema): Uint8Array {
  return framed(Message.encode(Message.from(schema)), new Uint8Array(0));
}

async function readBlock(path: string, handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw contentError(path, 'became shorter while it was read.');
    done += bytesRead;
  }
  return bytes;
}
