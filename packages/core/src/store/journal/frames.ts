// Owns the bytes of a journal: frames with a length and two checksums, and how a torn end differs from damage.
import { TailraceError } from '../../errors/tailrace-error.js';
import { crc32c } from './crc32c.js';

/** What a journal begins with. */
export const preamble: Uint8Array = new TextEncoder().encode('tailrace journal 1\n');

/** Bytes that one record may have. */
export const maxRecordBytes: number = 16 * 2 ** 20;

/** Length of the payload, its CRC-32C, and the CRC-32C of these two: each four bytes, little endian. */
const headerBytes = 12;

/** A frame around a payload of 1 to `maxRecordBytes` bytes. */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headerBytes + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, payload.length, true);
  view.setUint32(4, crc32c(payload), true);
  view.setUint32(8, crc32c(frame.subarray(0, 8)), true);
  frame.set(payload, headerBytes);
  return frame;
}

export interface Frame {
  /** Where it begins in the file. */
  readonly offset: number;
  readonly payload: Uint8Array;
}

export interface Frames {
  readonly frames: readonly Frame[];
  /** Bytes up to the end of the last whole frame: what comes after is the torn end of a record that was never told. */
  readonly soundBytes: number;
}

/**
 * The frames of a journal. Records are appended one at a time, each on stable storage before the next one is begun, so a
 * crash can tear the last one only: that is left out. Damage with a whole frame after it is no torn end.
 *
 * The header has a checksum of its own because a damaged length would otherwise make everything after it look torn.
 *
 * @param path for messages
 * @throws JOURNAL_CORRUPT with the offset of the first frame that is damaged
 */
export function decodeFrames(bytes: Uint8Array, path: string): Frames {
  const begins = bytes.subarray(0, preamble.length);
  if (begins.some((byte, at) => byte !== preamble[at])) {
    throw corrupt(path, 0, 'it does not begin as a journal does');
  }
  if (begins.length < preamble.length) return { frames: [], soundBytes: 0 };
  const frames: Frame[] = [];
  let offset = preamble.length;
  while (offset < bytes.length) {
    const payload = payloadAt(bytes, offset);
    if (payload === undefined) break;
    frames.push({ offset, payload });
    offset += headerBytes + payload.length;
  }
  if (bytes.length - offset > headerBytes + maxRecordBytes) {
    throw corrupt(path, offset, 'more bytes follow than one record may have');
  }
  for (let later = offset + 1; later + headerBytes < bytes.length; later += 1) {
    if (payloadAt(bytes, later) !== undefined)
      throw corrupt(path, offset, `a whole record follows at byte ${later}`);
  }
  return { frames, soundBytes: offset };
}

/** The payload of the frame that begins here, or undefined when none does. */
function payloadAt(bytes: Uint8Array, offset: number): Uint8Array | undefined {
  const from = offset + headerBytes;
  if (from >= bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, headerBytes);
  const length = view.getUint32(0, true);
  if (length === 0 || length > maxRecordBytes || from + length > bytes.length) return undefined;
  if (crc32c(bytes.subarray(offset, offset + 8)) !== view.getUint32(8, true)) return undefined;
  const payload = bytes.subarray(from, from + length);
  return crc32c(payload) === view.getUint32(4, true) ? payload : undefined;
}

/** The error of a journal that cannot be believed. */
export function corrupt(path: string, offset: number, problem: string, cause?: unknown): TailraceError {
  return new TailraceError(
    `The journal ${path} is damaged at byte ${offset}: ${problem}. Nothing was written. Look at the disk, and bring the ` +
      'file back from a copy; without one, remove the directory, see what the outputs hold, and run the job anew.',
    { code: 'JOURNAL_CORRUPT', operation: 'read journal', context: { path, offset }, cause },
  );
}
