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
  let minPrefix = prefix(view, offsets[from] as number, offsets[from + 1] as number); // count + 1 offsets
  let maxPrefix = minPrefix;
  for (let i = from + 1; i < from + count; i++) {
    const start = offsets[i] as number; // the same
    const end = offsets[i + 1] as number;
    const first = prefix(view, start, end);
    if (first <= minPrefix && (first < minPrefix || compareStrings(offsets, bytes, i, min) < 0)) {
      min = i;
      minPrefix = first;
    }
    if (first >= maxPrefix && (first > maxPrefix || compareStrings(offsets, bytes, i, max) > 0)) {
      max = i;
      maxPrefix = first;
    }
  }
  into[0] = min - from;
  into[1] = max - from;
}

/** The first four bytes as a number that orders as they do; a shorter string is filled up with zeros. */
function prefix(view: DataView, start: number, end: number): number {
  if (end - start >= 4) return view.getUint32(start);
  let value = 0;
  for (let i = start; i < end; i++) value |= view.getUint8(i) << (24 - 8 * (i - start));
  return value >>> 0;
}

/** Below 0 when string `a` comes before string `b`, both numbers into `offsets`. */
function compareStrings(offsets: Int32Array, bytes: Uint8Array, a: number, b: number): number {
  // One more offset than strings, and bytes up to the last.
  const startA = offsets[a] as number;
  const startB = offsets[b] as number;
  const lengthA = (offsets[a + 1] as number) - startA;
  const lengthB = (offsets[b + 1] as number) - startB;
  const shared = Math.min(lengthA, lengthB);
  for (let i = 0; i < shared; i++) {
    const difference = (bytes[startA + i] as number) - (bytes[startB + i] as number);
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}
