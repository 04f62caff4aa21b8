// Owns the footer of an Arrow file: its schema, and where its batches lie. What it says is held against the size of the file.
import { type FileHandle, open } from 'node:fs/promises';
import type { Schema } from 'apache-arrow';
import { Footer as ArrowFooter } from 'apache-arrow/ipc/metadata/file';
import { contentError, saidOf } from '../file-error.js';
import { verifyFooter } from './verify.js';

/** Where a message lies, its head included. */
export interface Block {
  readonly offset: number;
  readonly bytes: number;
  readonly bodyBytes: number;
}

export interface Footer {
  readonly schema: Schema;
  /** Dictionaries first: every batch may need any of them. */
  readonly blocks: readonly Block[];
}

const magic = 'ARROW1';
/** The length of the footer and the magic that end a file. */
const trailerBytes = 10;

/** Undefined for what is no Arrow file, and so perhaps a stream. Throws SOURCE_FAILED for files that are damaged. */
export async function readFooter(path: string, maxBytes: number): Promise<Footer | undefined> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const head = await readAt(path, handle, 0, Math.min(size, magic.length));
    if (head.toString('latin1') !== magic) return undefined;
    const damaged = (problem: string, cause?: unknown): Error =>
      contentError(
        path,
        `is damaged or still being written: ${problem}. Write or fetch it again.`,
        {},
        cause,
      );
    if (size < trailerBytes + magic.length + 2) throw damaged('it ends after its first bytes');
    const trailer = await readAt(path, handle, size - trailerBytes, trailerBytes);
    if (trailer.toString('latin1', 4) !== magic) throw damaged(`it does not end with ${magic}`);
    const length = trailer.readInt32LE(0);
    if (length <= 0 || length > maxBytes || length + trailerBytes + magic.length > size)
      throw damaged(`its footer is said to have ${length} bytes`);
    const bytes = await readAt(path, handle, size - trailerBytes - length, length);
    let footer: ArrowFooter;
    try {
      verifyFooter(bytes);
      footer = ArrowFooter.decode(bytes);
    } catch (error) {
      throw damaged(`its footer cannot be read (${saidOf(error)})`, error);
    }
    const blocks = [...footer.dictionaryBatches(), ...footer.recordBatches()].map((block): Block => {
      const { offset, metaDataLength, bodyLength } = block;
      const isWithin =
        offset >= 0 && metaDataLength > 0 && bodyLength >= 0 && offset + metaDataLength + bodyLength <= size;
      if (!isWithin) throw damaged(`a batch is said to lie at byte ${offset}, beyond its end`);
      return { offset, bytes: metaDataLength + bodyLength, bodyBytes: bodyLength };
    });
    return { schema: footer.schema, blocks };
  } finally {
    await handle.close();
  }
}

export async function readAt(
  path: string,
  handle: FileHandle,
  offset: number,
  length: number,
): Promise<Buffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw contentError(path, 'became shorter while it was read.');
    done += bytesRead;
  }
  return bytes;
}
