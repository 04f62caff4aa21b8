// Owns the messages of an Arrow IPC file or stream, one after the other, each whole and looked at before anything follows what it says.
import { type FileHandle, open } from 'node:fs/promises';
import { Message, type Schema } from 'apache-arrow';
import { type ByteReader, byteReader } from '../bytes/byte-reader.js';
import { type FileCompression, openBytes } from '../bytes/open-bytes.js';
import { contentError, fileError, saidOf } from '../file-error.js';
import { type Footer, readFooter } from './footer.js';
import { verifyMessage } from './verify.js';

/** Bytes of metadata that a message may have: thousands of columns take a few hundred each. */
export const maxMetadataBytes: number = 64 * 2 ** 20;
const continuation = 0xffff_ffff;

export interface ReadMessages {
  readonly path: string;
  readonly compression: FileCompression;
  /** Bytes that a message may have beside its metadata. */
  readonly maxBatchBytes: number;
  readonly signal: AbortSignal;
}

const advice = 'Write or fetch it again; other files can be read all the same.';

/**
 * The messages as a stream has them, the schema first. Files are read by their footer, compressed ones as the streams that they hold.
 * Throws SOURCE_FAILED for files that are missing, damaged or of another format.
 */
export async function* messagesOf(reading: ReadMessages): AsyncGenerator<Uint8Array> {
  const { path, compression, signal } = reading;
  try {
    if (compression === 'none') {
      const footer = readFooter(path, maxMetadataBytes);
      if (footer !== undefined) {
        yield* messagesOfFile(reading, footer);
        return;
      }
    }
    const reader = byteReader(await openBytes(path, compression, signal));
    try {
      yield* messagesOfStream(reading, reader);
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

async function* messagesOfFile(reading: ReadMessages, footer: Footer): AsyncGenerator<Uint8Array> {
  const { path, signal } = reading;
  yield schemaOf(path, footer);
  const handle = await open(path, 'r');
  try {
    for (const { offset, bytes, bodyBytes } of footer.blocks) {
      signal.throwIfAborted();
      ensureRoom(reading, offset, bodyBytes);
      const message = await nextMessage(
        reading,
        byteReader([await readBlock(path, handle, offset, bytes)]),
        offset,
      );
      if (message === undefined)
        throw contentError(path, `is damaged: no message begins at byte ${offset}. ${advice}`);
      yield message;
    }
  } finally {
    await handle.close();
  }
}

async function* messagesOfStream(reading: ReadMessages, reader: ByteReader): AsyncGenerator<Uint8Array> {
  const { path, signal } = reading;
  const head = Buffer.from(await reader.take(8));
  const isFile = head.toString('latin1', 0, 6) === 'ARROW1';
  let first: Buffer | undefined = isFile ? undefined : head;
  let count = 0;
  for (;;) {
    signal.throwIfAborted();
    const message = await nextMessage(reading, reader, 0, first);
    first = undefined;
    if (message === undefined) break;
    count += 1;
    yield message;
  }
  if (count === 0)
    throw contentError(
      path,
      'is no Arrow file or stream: it has no message. Perhaps it is still being written.',
    );
}

/**
 * One message with its head and its body; undefined at the end mark, and where a stream ends.
 * @param start of the reader in the file, for messages
 * @param taken what was read of it already
 */
async function nextMessage(
  reading: ReadMessages,
  reader: ByteReader,
  start: number,
  taken?: Buffer,
): Promise<Uint8Array | undefined> {
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
  if (mark.length === 0) return undefined;
  if (mark.length < 8) throw damaged('is cut short');
  // Before version 0.15 of Arrow there was no mark before the length.
  if (mark.readUInt32LE(0) !== continuation) throw damaged('does not begin as one');
  const metadataBytes = mark.readInt32LE(4);
  if (metadataBytes === 0) return undefined;
  if (metadataBytes < 0 || metadataBytes > maxMetadataBytes)
    throw damaged(`says that it has ${metadataBytes} bytes of metadata`);
  const metadata = await reader.take(metadataBytes);
  if (metadata.length < metadataBytes) throw damaged('is cut short');
  const { bodyBytes } = verified(metadata, damaged);
  if (!Number.isSafeInteger(bodyBytes) || bodyBytes < 0) throw damaged(`says that it has ${bodyBytes} bytes`);
  ensureRoom(reading, at, bodyBytes);
  const body = await reader.take(bodyBytes);
  if (body.length < bodyBytes) throw damaged('is cut short');
  return framed(metadata, body);
}

function ensureRoom({ path, maxBatchBytes }: ReadMessages, at: number, bodyBytes: number): void {
  if (bodyBytes <= maxBatchBytes) return;
  throw contentError(
    path,
    `has a batch of ${bodyBytes} bytes at byte ${at}, and ${maxBatchBytes} are read at once. Raise maxBatchBytes, or write it in smaller batches.`,
    { byte: at },
  );
}

function verified(
  metadata: Uint8Array,
  damaged: (problem: string, cause: unknown) => Error,
): { readonly bodyBytes: number } {
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
