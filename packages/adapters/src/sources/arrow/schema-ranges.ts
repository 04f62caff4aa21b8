// Owns which bytes of an Arrow file or stream are fetched to know its columns: the footer of the one, the first message of the other.
import type { Fetch, FileRange } from '../remote/brought.js';
import { bytesAt } from '../remote/scratch-file.js';
import { magic, trailerBytes } from './footer.js';
import { continuation, maxMetadataBytes } from './messages.js';

/** Most schemas, and most footers, are smaller. */
const nearBytes = 64 * 1_024;
/** The mark and the length before a message. */
const headBytes = 8;

/**
 * Fetches what is needed itself. Of what is damaged or no Arrow at all only its first and last bytes: they tell.
 * @param path of the sparse file
 * @param fetch puts a range of the file into it
 */
export async function schemaRanges(path: string, size: number, fetch: Fetch): Promise<readonly FileRange[]> {
  if (size <= 2 * nearBytes) return [{ start: 0, bytes: size }];
  await fetch(0, nearBytes);
  const head = await bytesAt(path, 0, headBytes);
  if (head.toString('latin1', 0, magic.length) !== magic) {
    const isMessage = head.readUInt32LE(0) === continuation;
    const length = isMessage ? head.readInt32LE(4) : 0;
    const more = headBytes + length - nearBytes;
    return length > maxMetadataBytes || more <= 0 || headBytes + length > size
      ? []
      : [{ start: nearBytes, bytes: more }];
  }
  await fetch(size - nearBytes, nearBytes);
  const length = (await bytesAt(path, size - trailerBytes, trailerBytes)).readInt32LE(0);
  const start = size - trailerBytes - length;
  return length > maxMetadataBytes || start < 0 || start >= size - nearBytes
    ? []
    : [{ start, bytes: size - nearBytes - start }];
}
