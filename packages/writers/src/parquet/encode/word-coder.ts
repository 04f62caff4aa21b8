// Owns the way of numbers into pages: values of one or two words of 32 bits, as they lie in the batch.
import type { ColumnData } from '@tailrace/core/sink';
import { bitsFor } from './bit-packing.js';
import {
  type Coder,
  codes,
  hasNulls,
  maxDictionaryBytes,
  maxDictionaryEntries,
  maxPageRows,
} from './coder.js';
import { appendDeltaWords } from './delta.js';
import { compactWords } from './dense.js';
import { encodings } from './format-numbers.js';
import { minMaxDoubles, minMaxUnsigned, minMaxWords } from './min-max.js';
import { appendHybrid } from './run-length.js';
import type { Bounds } from './statistics.js';
import type { NumberOrder } from './storage.js';
import { type WordDictionary, wordDictionary } from './word-dictionary.js';

/** Scratch: the values of a page that has nulls, and two bounds. */
const dense = new Int32Array(maxPageRows * 2);
const boundWords = new Int32Array(4);
const boundDoubles = new Float64Array(boundWords.buffer);
const boundFloats = new Float32Array(boundWords.buffer);

export function wordCoder(width: 1 | 2, order: NumberOrder): Coder {
  const isFloat = order === 'float';
  let words: Int32Array = dense;
  let count = 0;
  let dictionary: WordDictionary | undefined;

  return {
    pageRows: (_column, _from, rows) => Math.min(rows, maxPageRows),
    take(column, from, rows) {
      const all = wordsOf(column);
      if (hasNulls(column)) {
        count = compactWords(all, width, column.validity, from, rows, dense);
        words = dense;
      } else {
        count = rows;
        words = all.subarray(from * width, (from + rows) * width);
      }
      return count;
    },
    appendCodes(out) {
      dictionary ??= wordDictionary({
        width,
        maxEntries: Math.min(maxDictionaryEntries, maxDictionaryBytes / (4 * width)),
      });
      if (!dictionary.codes(words, count, codes)) return false;
      const bits = bitsFor(dictionary.size - 1);
      out.appendByte(bits);
      appendHybrid(out, codes, 0, count, bits);
      return true;
    },
    appendValues(out, form) {
      if (form === 'delta' && !isFloat) appendDeltaWords(out, words, count, width);
      else out.appendBytes(bytesOf(words, count * width));
    },
    view: () => bytesOf(words, count * width),
    bounds(): Bounds | undefined {
      if (isFloat) {
        const { buffer, byteOffset } = words;
        const doubles =
          width === 2
            ? new Float64Array(buffer, byteOffset, count)
            : Float64Array.from(new Float32Array(buffer, byteOffset, count));
        if (!minMaxDoubles(doubles, count, boundDoubles)) return undefined;
        if (width === 1) boundFloats.set(boundDoubles.slice());
      } else if (order === 'unsigned') {
        minMaxUnsigned(words, count, width, boundWords);
      } else {
        minMaxWords(words, count, width, boundWords);
      }
      const both = bytesOf(boundWords, 2 * width).slice();
      return {
        min: both.subarray(0, 4 * width),
        max: both.subarray(4 * width),
        minExact: true,
        maxExact: true,
      };
    },
    encodingOf: (form) => (form === 'delta' && !isFloat ? encodings.deltaBinaryPacked : encodings.plain),
    release: () => undefined,
    dictionary: {
      get size() {
        return dictionary?.size ?? 0;
      },
      get bytes() {
        return (dictionary?.size ?? 0) * 4 * width;
      },
      plain() {
        const entries = dictionary?.words() ?? new Int32Array(0);
        return bytesOf(entries, entries.length);
      },
      clear: () => dictionary?.clear(),
    },
  };
}

function wordsOf({ values }: ColumnData): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
}

function bytesOf(words: Int32Array, length: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, length * 4);
}
