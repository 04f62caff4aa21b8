// Owns the way from UTF-8 bytes to strings: repeats come from a small cache, as long as there are some; short ASCII is
// decoded in bulk.

/** Strings shorter than this are copied by `substring`; V8 makes longer ones views that keep the whole block alive. */
const slicedFrom = 13;
/** Longer strings seldom repeat, and comparing them costs more than decoding. */
const cachedUpTo = 32;
const cacheSlots = 512;
const blockRows = 256;
/** Rows after which it is asked whether the cache finds enough of them: at least one in eight. */
const trialRows = 512;
/** Rows for which a cache that does not is left alone, before it is tried again. */
const restRows = 4_096;

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
  let blockIsAscii = false;
  let trialLeft = trialRows;
  let hits = 0;
  let restLeft = 0;

  /** Latin-1 has one character per byte, so positions in the block are positions in `values`. */
  const openBlock = (row: number, start: number): void => {
    blockStart = start;
    blockEnd = offsets[Math.min(rows, row + blockRows)] as number;
    block = bytes.toString('latin1', blockStart, blockEnd);
    let seen = 0;
    for (let at = blockStart; at < blockEnd; at++) seen |= values[at] as number;
    blockIsAscii = seen < 0x80;
  };
  const decode = (row: number, start: number, end: number): string => {
    if (end - start >= slicedFrom)
      return bytes.toString(isAsciiBetween(values, start, end) ? 'latin1' : 'utf8', start, end);
    if (start < blockStart || end > blockEnd) openBlock(row, start);
    if (!blockIsAscii && !isAsciiBetween(values, start, end)) return bytes.toString('utf8', start, end);
    return block.substring(start - blockStart, end - blockStart);
  };
  const endTrial = (): void => {
    if (hits * 8 < trialRows) restLeft = restRows;
    hits = 0;
    trialLeft = trialRows;
  };

  return (row) => {
    const start = offsets[row] as number;
    const end = offsets[row + 1] as number;
    const length = end - start;
    if (length === 0) return '';
    if (length > cachedUpTo) return bytes.toString('utf8', start, end);
    if (restLeft > 0) {
      restLeft -= 1;
      return decode(row, start, end);
    }
    let hash = length;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (values[at] as number)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (cacheSlots - 1);
    trialLeft -= 1;
    const known = cached[slot];
    if (known !== undefined && same(values, cachedAt[slot] as number, start, length, offsets)) {
      hits += 1;
      if (trialLeft === 0) endTrial();
      return known;
    }
    if (trialLeft === 0) endTrial();
    const text = decode(row, start, end);
    cached[slot] = text;
    cachedAt[slot] = row;
    return text;
  };
}

function isAsciiBetween(values: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= values[at] as number;
  return seen < 0x80;
}

/** Whether string number `row` is the `length` bytes at `start`. */
function same(values: Uint8Array, row: number, start: number, length: number, offsets: Int32Array): boolean {
  const other = offsets[row] as number;
  if ((offsets[row + 1] as number) - other !== length) return false;
  for (let at = 0; at < length; at++) if (values[other + at] !== values[start + at]) return false;
  return true;
}
