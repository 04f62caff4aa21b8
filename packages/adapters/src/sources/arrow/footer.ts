// Owns the footer of an Arrow file: its schema, and where its batches lie. What it says is held against the size of the file. It is
// read synchronously: it is small, and schemas and totals are asked for while a pipeline is declared.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Message, type Schema } from 'apache-arrow';
import { Footer as ArrowFooter } from 'apache-arrow/ipc/metadata/file';
import { contentError, saidOf } from '../file-error.js';
import { verifyFooter, verifyMessage } from './verify.js';

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
  readonly batches: readonly Block[];
}

/** A file, or what a compressed one holds, to be read at any place. */
interface Content {
  readonly path: string;
  readonly size: number;
  read(offset: number, length: number): Buffer;
}

export const magic = 'ARROW1';
/** The length of the footer and the magic that end a file. */
export const trailerBytes = 10;

/** Undefined for what is no Arrow file, and so perhaps a stream. Throws SOURCE_FAILED for files that are damaged. */
export function readFooter(path: string, maxBytes: number): Footer | undefined {
  return opened(path, (file) => footerOf(file, maxBytes));
}

/** The same of a file that is held whole. */
export function footerWithin(path: string, bytes: Buffer, maxBytes: number): Footer | undefined {
  const read = (offset: number, length: number): Buffer => bytes.subarray(offset, offset + length);
  return footerOf({ path, size: bytes.length, read }, maxBytes);
}

/** Rows as the batches of a file say; undefined for a stream, which tells only at its end. */
export function countRows(path: string, maxBytes: number): number | undefined {
  return opened(path, (file) => {
    const footer = footerOf(file, maxBytes);
    if (footer === undefined) return undefined;
    let rows = 0;
    for (const { offset, bytes, bodyBytes } of footer.batches) {
      // Behind the mark and the length.
      const metadata = file.read(offset, bytes - bodyBytes).subarray(8);
      verifyMessage(metadata);
      // The blocks are those of record batches.
      rows += (Message.decode(metadata).header() as { readonly length: number }).length;
    }
    return rows;
  });
}

/** The schema of a file or a stream; undefined for what begins with none. */
export function schemaAt(path: string, maxBytes: number): Schema | undefined {
  return opened(path, (file) => {
    const footer = footerOf(file, maxBytes);
    if (footer !== undefined) return footer.schema;
    const { size } = file;
    const mark = file.read(0, Math.min(8, size));
    const length = mark.length < 8 || mark.readUInt32LE(0) !== 0xffff_ffff ? 0 : mark.readInt32LE(4);
    if (length <= 0 || length > maxBytes || length + 8 > size) return undefined;
    const metadata = file.read(8, length);
    const { kind, isBigEndian } = verifyMessage(metadata);
    if (kind !== 'schema') return undefined;
    if (isBigEndian) throw bigEndian(path);
    return Message.decode(metadata).header() as Schema; // as its kind says
  });
}

/** The library takes all values for little-endian, and would give others without a word. */
export function bigEndian(path: string): Error {
  return contentError(
    path,
    'is big-endian, as machines of that byte order write Arrow, and only little-endian is read here. Have its writer convert it, ' +
      'or read it with a library that swaps bytes (pyarrow) and write it again.',
    { byteOrder: 'big-endian' },
  );
}

function opened<T>(path: string, work: (file: Content) => T): T {
  const file = openSync(path, 'r');
  try {
    const read = (offset: number, length: number): Buffer => readAt(path, file, offset, length);
    return work({ path, size: fstatSync(file).size, read });
  } finally {
    closeSync(file);
  }
}

function footerOf({ path, size, read }: Content, maxBytes: number): Footer | undefined {
  const head = read(0, Math.min(size, magic.length));
  if (head.toString('latin1') !== magic) return undefined;
  const damaged = (problem: string, cause?: unknown): Error =>
    contentError(path, `is damaged or still being written: ${problem}. Write or fetch it again.`, {}, cause);
  if (size < trailerBytes + magic.length + 2) throw damaged('it ends after its first bytes');
  const trailer = read(size - trailerBytes, trailerBytes);
  if (trailer.toString('latin1', 4) !== magic) throw damaged(`it does not end with ${magic}`);
  const length = trailer.readInt32LE(0);
  if (length <= 0 || length > maxBytes || length + trailerBytes + magic.length > size)
    throw damaged(`its footer is said to have ${length} bytes`);
  const bytes = read(size - trailerBytes - length, length);
  let footer: ArrowFooter;
  let isBigEndian: boolean;
  try {
    isBigEndian = verifyFooter(bytes).isBigEndian;
    footer = ArrowFooter.decode(bytes);
  } catch (error) {
    throw damaged(`its footer cannot be read (${saidOf(error)})`, error);
  }
  if (isBigEndian) throw bigEndian(path);
  const blockOf = (block: {
    readonly offset: number;
    readonly metaDataLength: number;
    readonly bodyLength: number;
  }): Block => {
    const { offset, metaDataLength, bodyLength } = block;
    const isWithin =
      offset >= 0 && metaDataLength > 0 && bodyLength >= 0 && offset + metaDataLength + bodyLength <= size;
    if (!isWithin) throw damaged(`a batch is said to lie at byte ${offset}, beyond its end`);
    return { offset, bytes: metaDataLength + bodyLength, bodyBytes: bodyLength };
  };
  const batches = Array.from(footer.recordBatches(), blockOf);
  const blocks = [...Array.from(footer.dictionaryBatches(), blockOf), ...batches];
  // None lies within another, so that no more is read than there is.
  if (blocks.reduce((sum, block) => sum + block.bytes, 0) > size) throw damaged('its batches overlap');
  return { schema: footer.schema, blocks, batches };
}

function readAt(path: string, file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length; ) {
    const count = readSync(file, bytes, done, length - done, offset + done);
    if (count === 0) throw contentError(path, 'became shorter while it was read.');
    done += count;
  }
  return bytes;
}
