// Owns the way of numbers into pages: values of one or two words of 32 bits, as they lie in the batch.
import type { ColumnData, DataType } from '@tailrace/core/sink';
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
import { minMaxDoubles, minMaxWords } from './min-max.js';
import { appendHybrid } from './run-length.js';
import type { Bounds } from './statistics.js';
import { type WordDictionary, wordDictionary } from './word-dictionary.js';

/** Scratch: the values of a page that has nulls, and two bounds. */
const dense = new Int32Array(maxPageRows * 2);
const boundWords = new Int32Array(4);
const boundDoubles = new Float64Array(boundWords.buffer);

export function wordCoder(type: DataType): Coder {
  const width = type.kind === 'int32' || type.kind === 'date' ? 1 : 2;
  const isDouble = type.kind === 'float64';
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
      if (form === 'delta' && !isDouble) appendDeltaWords(out, words, count, width);
      else out.appendBytes(bytesOf(words, count * width));
    },
    view: () => bytesOf(words, count * width),
    bounds(): Bounds | undefined {
      if (isDouble) {
        const doubles = new Float64Array(words.buffer, words.byteOffset, count);
        if (!minMaxDoubles(doubles, count, boundDoubles)) return undefined;
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
    encodingOf: (form) => (form === 'delta' && !isDouble ? encodings.deltaBinaryPacked : encodings.plain),
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
