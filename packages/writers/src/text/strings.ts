// Owns copying UTF-8 while looking for bytes that a format must quote or escape, four bytes at a time. It quotes nothing itself.
import type { TextTarget } from './text-target.js';

/** UTF-8 of a column or a dictionary: the bytes, and the same memory as words. */
export interface Utf8Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export function utf8Source(bytes: Uint8Array): Utf8Source {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** Which bytes may need care. `copyPlain` may take a few more for such, never fewer. */
export interface Suspects {
  /** All bytes below this one, at most 128; four times in a word. */
  readonly below: number;
  /** Two more bytes, each four times in a word. */
  readonly first: number;
  readonly second: number;
}

const ones = 0x01010101;
const tops = 0x80808080 | 0;
/** Stands for no byte, where fewer than four are left: no format takes a letter for special. */
const letters = 0x61616161;

/** All bytes below `below`, and two ASCII characters. */
export function suspects(below: number, first: number, second: number): Suspects {
  return { below: Math.imul(below, ones), first: Math.imul(first, ones), second: Math.imul(second, ones) };
}

/** Strings from here on are copied by the engine, once nothing suspicious was found. */
const longBytes = 512;

/**
 * Copies `source[from..to)` and returns where it ends, or -1 when a suspect is among the bytes: then what was written does
 * not count. The tests on whole words are those for "a byte is zero" and "a byte is less than n" in Sean Eron Anderson's
 * "Bit Twiddling Hacks", https://graphics.stanford.edu/~seander/bithacks.html
 */
export function copyPlain(
  out: TextTarget,
  at: number,
  source: Utf8Source,
  from: number,
  to: number,
  { below, first, second }: Suspects,
): number {
  const { view } = out;
  const words = source.view;
  const shift = at - from;
  const isLong = to - from >= longBytes;
  let seen = 0;
  let index = from;
  for (; index <= to - 4; index += 4) {
    const word = words.getInt32(index, true);
    const one = word ^ first;
    const other = word ^ second;
    seen |= ((word - below) & ~word) | ((one - ones) & ~one) | ((other - ones) & ~other);
    if (!isLong) view.setInt32(index + shift, word, true);
  }
  if (index < to) {
    const missing = 32 - ((to - index) << 3);
    const rest = lastWord(source, index, to);
    const word = (rest & (-1 >>> missing)) | (letters << (32 - missing));
    const one = word ^ first;
    const other = word ^ second;
    seen |= ((word - below) & ~word) | ((one - ones) & ~one) | ((other - ones) & ~other);
    view.setInt32(index + shift, rest, true);
  }
  if ((seen & tops) !== 0) return -1;
  if (isLong) out.bytes.set(source.bytes.subarray(from, to), at);
  return to + shift;
}

/** Copies `source[from..to)`; returns where it ends. */
export function copyBytes(out: TextTarget, at: number, source: Utf8Source, from: number, to: number): number {
  const shift = at - from;
  if (to - from >= longBytes) {
    out.bytes.set(source.bytes.subarray(from, to), at);
    return to + shift;
  }
  const { view } = out;
  const words = source.view;
  const last = to - 4;
  let index = from;
  for (; index <= last; index += 4) view.setInt32(index + shift, words.getInt32(index, true), true);
  if (index < to) view.setInt32(index + shift, lastWord(source, index, to), true);
  return to + shift;
}

/** Whether some byte of these is below `below` (at most 128), which is looked for four bytes at a time. */
export function hasByteBelow(below: number, { bytes, view }: Utf8Source): boolean {
  const limit = Math.imul(below, ones);
  const words = bytes.length & -4;
  let seen = 0;
  for (let index = 0; index < words; index += 4) {
    const word = view.getInt32(index, true);
    seen |= (word - limit) & ~word;
  }
  if ((seen & tops) !== 0) return true;
  for (let index = words; index < bytes.length; index++) if ((bytes[index] as number) < below) return true; // in range
  return false;
}

/** Whether one of these ASCII characters is among the bytes. */
export function hasOneOf(characters: readonly number[], { bytes }: Utf8Source): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return characters.some((character) => buffer.includes(character));
}

/** The last 1 to 3 bytes of a string as a word; what is above them is whatever comes. */
function lastWord({ bytes, view }: Utf8Source, from: number, to: number): number {
  if (from + 4 <= bytes.length) return view.getInt32(from, true);
  let word = 0;
  for (let index = to - 1; index >= from; index--) word = (word << 8) | (bytes[index] as number); // in range
  return word;
}

/** How much longer a format makes strings, at most. */
export interface StringBytes {
  /** Bytes that one byte of a string may become, and those that come once. */
  readonly bytesPerByte: number;
  readonly bytesPerString: number;
}
