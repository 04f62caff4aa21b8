// Owns the way from UTF-8 bytes to strings: repeats come from a small cache, ASCII is decoded in bulk.

/** Strings shorter than this are copied by `substring`; V8 makes longer ones views that keep the whole block alive. */
const slicedFrom = 13;
/** Longer strings seldom repeat, and comparing them costs more than decoding. */
const cachedUpTo = 32;
const cacheSlots = 512;
const blockRows = 256;

/**
 * Reads the strings that `offsets` cut out of `values`. One reader serves one column; reading rows in order is fastest.
 * @param rows number of strings
 */
export function utf8Reader(values: Uint8Array, offsets: Int32Array, rows: number): (row: number) => string {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const cached: (string | undefined)[] = new Array(cacheSlots).fill(undefined);
  const cachedAt = new Int32Array(cacheSlots);
  let block = '';
  let blockStart = 0;
  let blockEnd = 0;

  /** Latin-1 has one character per byte, so positions in the block are positions in `values`. */
  const shortAscii = (row: number, start: number, end: number): string => {
    if (start < blockStart || end > blockEnd) {
      blockStart = start;
      blockEnd = offsets[Math.min(rows, row + blockRows)] as number;
      block = bytes.toString('latin1', blockStart, blockEnd);
    }
    return block.substring(start - blockStart, end - blockStart);
  };

  return (row) => {
    const start = offsets[row] as number;
    const end = offsets[row + 1] as number;
    const length = end - start;
    if (length === 0) return '';
    if (length > cachedUpTo) return bytes.toString('utf8', start, end);
    let hash = length;
    let seen = 0;
    for (let at = start; at < end; at++) {
      const byte = values[at] as number;
      seen |= byte;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const slot = (hash ^ (hash >>> 15)) & (cacheSlots - 1);
    const known = cached[slot];
    if (known !== undefined && same(values, cachedAt[slot] as number, start, length, offsets)) return known;
    const text =
      seen < 0x80
        ? length < slicedFrom
          ? shortAscii(row, start, end)
          : bytes.toString('latin1', start, end)
        : bytes.toString('utf8', start, end);
    cached[slot] = text;
    cachedAt[slot] = row;
    return text;
  };
}

/** Whether string number `row` is the `length` bytes at `start`. */
function same(values: Uint8Array, row: number, start: number, length: number, offsets: Int32Array): boolean {
  const other = offsets[row] as number;
  if ((offsets[row + 1] as number) - other !== length) return false;
  for (let at = 0; at < length; at++) if (values[other + at] !== values[start + at]) return false;
  return true;
}
