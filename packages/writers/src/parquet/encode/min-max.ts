// Owns the smallest and largest values of a page in the orders that Parquet's statistics have (TypeDefinedOrder).

/**
 * Writes the smallest and then the largest integer into `into`, as words. Does nothing without values.
 * @param width words per integer, the low one first
 */
export function minMaxWords(words: Int32Array, count: number, width: 1 | 2, into: Int32Array): void {
  if (count === 0) return;
  if (width === 1) minMaxInt32(words, count, into);
  else minMaxInt64(words, count, into);
}

function minMaxInt32(words: Int32Array, count: number, into: Int32Array): void {
  let min = words[0] as number; // count words
  let max = min;
  for (let i = 1; i < count; i++) {
    const word = words[i] as number; // the same
    if (word < min) min = word;
    if (word > max) max = word;
  }
  into[0] = min;
  into[1] = max;
}

/** With this bit turned over, low words compare as signed numbers the way they do as unsigned ones. */
const signBit = -0x80000000;

function minMaxInt64(words: Int32Array, count: number, into: Int32Array): void {
  // Two words per integer, count of them.
  let minLow = (words[0] as number) ^ signBit;
  let minHigh = words[1] as number;
  let maxLow = minLow;
  let maxHigh = minHigh;
  for (let i = 1; i < count; i++) {
    const low = (words[i * 2] as number) ^ signBit;
    const high = words[i * 2 + 1] as number;
    if (high < minHigh || (high === minHigh && low < minLow)) {
      minLow = low;
      minHigh = high;
    }
    if (high > maxHigh || (high === maxHigh && low > maxLow)) {
      maxLow = low;
      maxHigh = high;
    }
  }
  into[0] = minLow ^ signBit;
  into[1] = minHigh;
  into[2] = maxLow ^ signBit;
  into[3] = maxHigh;
}

/** The same of unsigned integers: as signed ones they are in order when their highest bit is turned over. */
export function minMaxUnsigned(words: Int32Array, count: number, width: 1 | 2, into: Int32Array): void {
  const turned = words.slice(0, count * width);
  for (let at = width - 1; at < turned.length; at += width) turned[at] = (turned[at] as number) ^ signBit; // in range
  minMaxWords(turned, count, width, into);
  into[width - 1] = (into[width - 1] as number) ^ signBit; // two integers
  into[width * 2 - 1] = (into[width * 2 - 1] as number) ^ signBit; // the same
}

/**
 * Writes the smallest and then the largest number into `into`; false when there is none but NaN, which has no place in an
 * order. A zero becomes -0 as the smallest and +0 as the largest, as the format demands: readers may tell them apart or not.
 */
export function minMaxDoubles(values: Float64Array, count: number, into: Float64Array): boolean {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const value = values[i] as number; // count values
    if (value < min) min = value;
    if (value > max) max = value;
  }
  // True with NaN alone: one value beside it, be it infinite, makes them meet.
  if (min > max) return false;
  into[0] = min === 0 ? -0 : min;
  into[1] = max === 0 ? 0 : max;
  return true;
}

/**
 * Writes the numbers of the smallest and of the largest string, counted from `from`, into `into`; compared as unsigned
 * bytes. Does nothing without strings.
 * @param offsets where each begins in `bytes`, and where the last ends
 */
export function minMaxStrings(
  offsets: Int32Array,
  bytes: Uint8Array,
  from: number,
  count: number,
  into: Int32Array,
): void {
  if (count === 0) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let min = from;
  let max = from;
  /** Bytes that the smallest and the largest begin with alike, as does every string between them: none or at least four. */
  let shared = 0;
  // Offsets are one more than strings.
  let minStart = offsets[from] as number;
  let minKey = keyAt(view, minStart, offsets[from + 1] as number);
  let maxKey = minKey;
  const until = from + count;
  for (let i = from + 1; i < until; i++) {
    const start = offsets[i] as number;
    const end = offsets[i + 1] as number;
    if (beginsAlike(view, start, end, minStart, shared)) {
      const key = keyAt(view, start + shared, end);
      if (key > minKey && key < maxKey) continue;
    }
    if (compareStrings(view, offsets, i, min) < 0) min = i;
    else if (compareStrings(view, offsets, i, max) > 0) max = i;
    else continue;
    minStart = offsets[min] as number;
    const maxStart = offsets[max] as number;
    const minEnd = offsets[min + 1] as number;
    const maxEnd = offsets[max + 1] as number;
    shared = differAt(view, minStart, minEnd, maxStart, maxEnd);
    if (shared < 4) shared = 0;
    minKey = keyAt(view, minStart + shared, minEnd);
    maxKey = keyAt(view, maxStart + shared, maxEnd);
  }
  into[0] = min - from;
  into[1] = max - from;
}

/** True when the string begins with the first `shared` bytes, none or at least four, of the one at `other`. */
function beginsAlike(view: DataView, start: number, end: number, other: number, shared: number): boolean {
  if (shared === 0) return true;
  if (end - start < shared) return false;
  // Four bytes at a time, the last four overlapping.
  const last = shared - 4;
  for (let i = 0; i < last; i += 4) {
    if (view.getInt32(start + i) !== view.getInt32(other + i)) return false;
  }
  return view.getInt32(start + last) === view.getInt32(other + last);
}

/** The next four bytes as a number that orders as they do; where a string ends before, zeros stand in. */
function keyAt(view: DataView, start: number, end: number): number {
  if (end - start >= 4) return view.getUint32(start);
  let value = 0;
  for (let i = start; i < end; i++) value |= view.getUint8(i) << (24 - 8 * (i - start));
  return value >>> 0;
}

/** Below 0 when string `a` comes before string `b`, both numbers into `offsets`. */
function compareStrings(view: DataView, offsets: Int32Array, a: number, b: number): number {
  // One more offset than strings.
  const startA = offsets[a] as number;
  const startB = offsets[b] as number;
  const endA = offsets[a + 1] as number;
  const endB = offsets[b + 1] as number;
  const at = differAt(view, startA, endA, startB, endB);
  if (startA + at < endA && startB + at < endB)
    return view.getUint8(startA + at) - view.getUint8(startB + at);
  return endA - startA - (endB - startB);
}

/** How many bytes both begin with alike. */
function differAt(view: DataView, startA: number, endA: number, startB: number, endB: number): number {
  const shared = Math.min(endA - startA, endB - startB);
  let at = 0;
  while (at + 4 <= shared && view.getInt32(startA + at) === view.getInt32(startB + at)) at += 4;
  while (at < shared && view.getUint8(startA + at) === view.getUint8(startB + at)) at += 1;
  return at;
}
