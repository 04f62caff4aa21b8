// Owns the values of fixed size of a column that grows by rows copied from others: bits, words, and bytes of any width.
import type { ColumnData } from './batch-data.js';
import type { FixedLayout } from './layout.js';

export interface GatheredColumn {
  /** Bytes that `rows` rows fill. */
  bytes(rows: number): number;
  /** Copies the rows `from` after the first `rows` that are there. */
  append(source: ColumnData, from: Int32Array | Uint32Array, rows: number): void;
  /** The first `rows` rows; then the column is empty. */
  take(rows: number): ColumnData;
}

/** What the types differ in; nulls are common to all. */
export interface Values {
  bytes(rows: number): number;
  append(source: ColumnData, from: Int32Array | Uint32Array, rows: number): void;
  take(rows: number): Pick<ColumnData, 'values' | 'offsets' | 'dictionary' | 'children'>;
}

/** Starts small: thousands of partitions may each gather a few rows. */
export function capacityFor(needed: number, capacity: number): number {
  return Math.max(needed, capacity * 2, 16);
}

export function grownWords(words: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  if (needed <= words.length) return words;
  // Even, so that 64-bit values have room to the last.
  const grown = new Int32Array(Math.ceil(capacityFor(needed, words.length) / 2) * 2);
  grown.set(words);
  return grown;
}

export function grownBits(bits: Uint8Array, rows: number, fill: number): Uint8Array {
  const needed = (rows + 7) >> 3;
  if (needed <= bits.length) return bits;
  const grown = new Uint8Array(capacityFor(needed, bits.length)).fill(fill, bits.length);
  grown.set(bits);
  return grown;
}

/** Values of the same number of bytes each. */
export function fixedValues({ array, perRow, bytes: width }: FixedLayout): Values {
  if (perRow === 1 && (width === 4 || width === 8)) return wordValues(width === 4 ? 1 : 2, array);
  let bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  return {
    bytes: (rows) => rows * width,
    append({ values }, from, rows) {
      const read = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      const needed = (rows + from.length) * width;
      if (needed > bytes.length) {
        // In steps of eight: the views on it have elements of up to eight bytes.
        const grown = new Uint8Array(Math.ceil(capacityFor(needed, bytes.length) / 8) * 8);
        grown.set(bytes);
        bytes = grown;
      }
      const write = bytes;
      let to = rows * width;
      for (let at = 0; at < from.length; at++) {
        const start = (from[at] as number) * width;
        for (let byte = start; byte < start + width; byte++) write[to++] = read[byte] as number;
      }
    },
    take(rows) {
      const values = new array(bytes.buffer, 0, rows * perRow);
      bytes = new Uint8Array(0);
      return { values, offsets: null, dictionary: null };
    },
  };
}

/** Of columns that hold nothing but nulls. */
export function noValues(): Values {
  return {
    bytes: () => 0,
    append: () => undefined,
    take: () => ({ values: new Uint8Array(0), offsets: null, dictionary: null }),
  };
}

/** Values of `width` 32-bit words: 64-bit ones are moved as two words, which no NaN and no BigInt gets between. */
export function wordValues(width: 1 | 2, array: FixedLayout['array']): Values {
  let words: Int32Array<ArrayBuffer> = new Int32Array(0);
  return {
    bytes: (rows) => rows * width * 4,
    append(source, from, rows) {
      const { values } = source;
      const read = new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
      words = grownWords(words, (rows + from.length) * width);
      const write = words;
      if (width === 1) {
        for (let at = 0; at < from.length; at++) write[rows + at] = read[from[at] as number] as number;
        return;
      }
      for (let at = 0; at < from.length; at++) {
        const row = from[at] as number;
        write[(rows + at) * 2] = read[row * 2] as number;
        write[(rows + at) * 2 + 1] = read[row * 2 + 1] as number;
      }
    },
    take(rows) {
      const values = new array(words.buffer, 0, rows);
      words = new Int32Array(0);
      return { values, offsets: null, dictionary: null };
    },
  };
}

export function bitValues(): Values {
  let bits: Uint8Array = new Uint8Array(0);
  return {
    bytes: (rows) => (rows + 7) >> 3,
    append(source, from, rows) {
      // A bool column has its bits in a Uint8Array.
      const read = source.values as Uint8Array;
      bits = grownBits(bits, rows + from.length, 0);
      for (let at = 0; at < from.length; at++) {
        const row = from[at] as number;
        const to = rows + at;
        const bit = ((read[row >> 3] as number) >> (row & 7)) & 1;
        bits[to >> 3] = (bits[to >> 3] as number) | (bit << (to & 7));
      }
    },
    take(rows) {
      const values = bits.subarray(0, (rows + 7) >> 3);
      bits = new Uint8Array(0);
      return { values, offsets: null, dictionary: null };
    },
  };
}
