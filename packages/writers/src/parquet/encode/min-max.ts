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

function minMaxInt64(words: Int32Array, count: number, into: Int32Array): void {
  // Two words per integer, count of them. Low words are compared unsigned.
  let minLow = (words[0] as number) >>> 0;
  let minHigh = words[1] as number;
  let maxLow = minLow;
  let maxHigh = minHigh;
  for (let i = 1; i < count; i++) {
    const low = (words[i * 2] as number) >>> 0;
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
  into[0] = minLow;
  into[1] = minHigh;
  into[2] = maxLow;
  into[3] = maxHigh;
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
  /** Bytes, in whole words, that the smallest and the largest begin with alike: so does every string between them. */
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
    shared = 0;
    while (
      minStart + shared + 4 <= minEnd &&
      maxStart + shared + 4 <= maxEnd &&
      view.getInt32(minStart + shared) === view.getInt32(maxStart + shared)
    ) {
      shared += 4;
    }
    minKey = keyAt(view, minStart + shared, minEnd);
    maxKey = keyAt(view, maxStart + shared, maxEnd);
  }
  into[0] = min - from;
  into[1] = max - from;
}

/** True when the string begins with the first `shared` bytes of the one at `other`. */
function beginsAlike(view: DataView, start: number, end: number, other: number, shared: number): boolean {
  if (end - start < shared) return false;
  for (let i = 0; i < shared; i += 4) {
    if (view.getInt32(start + i) !== view.getInt32(other + i)) return false;
  }
  return true;
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
  const lengthA = (offsets[a + 1] as number) - startA;
  const lengthB = (offsets[b + 1] as number) - startB;
  const shared = Math.min(lengthA, lengthB);
  let i = 0;
  while (i + 4 <= shared && view.getInt32(startA + i) === view.getInt32(startB + i)) i += 4;
  for (; i < shared; i++) {
    const difference = view.getUint8(startA + i) - view.getUint8(startB + i);
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}
