// Owns what the strings of a page have in common wherever they come from: forms, the chunk's dictionary, bounds by used entries.
import type { ByteBuffer } from './byte-buffer.js';
import { type CodedDictionary, maxDictionaryBytes, maxDictionaryEntries, type PlainForm } from './coder.js';
import { appendDeltaStrings } from './delta-strings.js';
import { encodings } from './format-numbers.js';
import { minMaxStrings } from './min-max.js';
import { appendPlainStrings } from './plain.js';
import { type Bounds, stringBounds } from './statistics.js';
import { type StringDictionary, stringDictionary } from './string-dictionary.js';

/** Strings one after the other, none of them null. */
export interface StringRun {
  /** Where each begins in `bytes`, and where the last ends. */
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  readonly first: number;
  readonly count: number;
}

export const noStrings: StringRun = {
  offsets: new Int32Array(1),
  bytes: new Uint8Array(0),
  first: 0,
  count: 0,
};

export function appendStrings(out: ByteBuffer, run: StringRun, form: PlainForm): void {
  const append = form === 'delta' ? appendDeltaStrings : appendPlainStrings;
  append(out, run.offsets, run.bytes, run.first, run.count);
}

export function stringEncoding(form: PlainForm): number {
  return form === 'delta' ? encodings.deltaLengthByteArray : encodings.plain;
}

export interface ChunkStrings extends CodedDictionary {
  /** Made when it is first wanted: most columns of hundreds of open files may never be. */
  entries(): StringDictionary;
}

export function chunkStrings(): ChunkStrings {
  let made: StringDictionary | undefined;
  return {
    entries() {
      made ??= stringDictionary({ maxEntries: maxDictionaryEntries, maxBytes: maxDictionaryBytes });
      return made;
    },
    get size() {
      return made?.size ?? 0;
    },
    get bytes() {
      return made?.plain().length ?? 0;
    },
    plain: () => made?.plain() ?? new Uint8Array(0),
    clear: () => made?.clear(),
  };
}

const found = new Int32Array(2);

export function boundsOfRun({ offsets, bytes, first, count }: StringRun): Bounds | undefined {
  minMaxStrings(offsets, bytes, first, count, found);
  const string = (at: number): Uint8Array => bytes.subarray(offsets[first + at], offsets[first + at + 1]);
  return stringBounds(string(found[0] as number), string(found[1] as number)); // both were found
}

/** Scratch: which entries a page uses. Grows with the largest dictionary of a batch. */
let used = new Uint8Array(1024);

/** Marks the entries that these codes name, among `size`. Valid until the next call. */
export function usedEntries(codes: Int32Array, count: number, size: number): Uint8Array {
  if (used.length < size) used = new Uint8Array(size);
  used.fill(0, 0, size);
  const marks = used;
  for (let i = 0; i < count; i++) marks[codes[i] as number] = 1; // count codes
  return marks;
}

/**
 * Bounds of a page by its distinct values, which are far fewer than its rows.
 * @param start where entry `code` begins in `text`, and `end` where it ends
 */
export function boundsOfUsed(
  marks: Uint8Array,
  size: number,
  text: Uint8Array,
  start: (code: number) => number,
  end: (code: number) => number,
): Bounds | undefined {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
  let min = -1;
  let max = -1;
  for (let code = 0; code < size; code++) {
    if (marks[code] === 0) continue;
    const from = start(code);
    const to = end(code);
    if (min === -1 || bytes.compare(bytes, start(min), end(min), from, to) < 0) min = code;
    if (max === -1 || bytes.compare(bytes, start(max), end(max), from, to) > 0) max = code;
  }
  if (min === -1) return undefined;
  return stringBounds(bytes.subarray(start(min), end(min)), bytes.subarray(start(max), end(max)));
}
