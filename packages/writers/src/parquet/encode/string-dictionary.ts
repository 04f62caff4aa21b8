// Owns the dictionary of a column chunk of strings: from bytes to codes, without making a string.
import { ByteBuffer } from './byte-buffer.js';

export interface StringDictionary {
  /**
   * Writes the code of each of `count` strings into `into`. False when the dictionary grew too large: then it is as it was
   * before this call, and takes no more until `clear`.
   * @param offsets where each string begins in `bytes`, and where the last ends
   * @param from the first string
   */
  codes(offsets: Int32Array, bytes: Uint8Array, from: number, count: number, into: Int32Array): boolean;
  /** Entries. */
  readonly size: number;
  /** The entries in the order of their codes, as PLAIN has them: a view that is valid until the next call of `codes`. */
  plain(): Uint8Array;
  /** Where the bytes of entry `code` begin in `plain()`; its length stands in the four bytes before. */
  start(code: number): number;
  /** Begins anew and keeps the memory, unless most of it was not needed in the end. */
  clear(): void;
}

export interface StringDictionaryOptions {
  readonly maxEntries: number;
  /** Bytes of the entries, four more for each included. */
  readonly maxBytes: number;
}

/** Slots to begin with. A table is at most half full. */
const firstSlotBits = 10;
const firstTextBytes = 4096;

/** Memory this much larger than what it is for is made anew: it grew for a page that the dictionary did not take. */
const idleFactor = 8;

/** Numbers kept per entry: hash, length, and where its bytes begin in the PLAIN form. */
const factsPerEntry = 4;

export function stringDictionary({ maxEntries, maxBytes }: StringDictionaryOptions): StringDictionary {
  let slotBits = firstSlotBits;
  /** Code + 1 by slot; 0 is free. */
  let slots = new Int32Array(1 << slotBits);
  let facts = new Int32Array(factsPerEntry << (slotBits - 1));
  const text = new ByteBuffer(firstTextBytes);
  let size = 0;
  let closed = false;

  const grow = (): void => {
    slotBits += 1;
    slots = new Int32Array(1 << slotBits);
    const more = new Int32Array(factsPerEntry << (slotBits - 1));
    more.set(facts);
    facts = more;
    for (let code = 0; code < size; code++) {
      let slot = (facts[code * factsPerEntry] as number) >>> (32 - slotBits); // below size
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = code + 1;
    }
  };

  /** Makes codes until the tables must grow, and returns how far it came. */
  const fill = (
    offsets: Int32Array,
    view: DataView,
    from: number,
    until: number,
    into: Int32Array,
    to: number,
  ): number => {
    const table = slots;
    const mask = table.length - 1;
    const shift = 32 - slotBits;
    const known = facts;
    const viewBytes = view.byteLength;
    let start = offsets[from] as number; // one more offset than strings
    for (let i = from; i < until; i++) {
      const end = offsets[i + 1] as number; // the same
      const length = end - start;
      let hash = length;
      if (length >= 4) {
        // Four bytes at a time, the last four overlapping.
        const last = end - 4;
        for (let at = start; at < last; at += 4) hash = mix(hash, view.getInt32(at, true));
        hash = mix(hash, view.getInt32(last, true));
      } else if (start + 4 <= viewBytes) {
        hash = mix(hash, view.getInt32(start, true) & ((1 << (8 * length)) - 1));
      } else {
        hash = mix(hash, shortWord(view, start, length));
      }
      let slot = hash >>> shift;
      let code = (table[slot] as number) - 1; // masked
      while (code !== -1) {
        const fact = code * factsPerEntry;
        if (
          known[fact] === hash &&
          known[fact + 1] === length &&
          // Up to four bytes make the hash one to one.
          (length <= 4 || sameBytes(text.view, known[fact + 2] as number, view, start, length))
        ) {
          break;
        }
        slot = (slot + 1) & mask;
        code = (table[slot] as number) - 1;
      }
      if (code === -1) {
        if (size >= Math.min(table.length >> 1, maxEntries) || text.length + length + 4 > maxBytes) return i;
        code = size++;
        table[slot] = code + 1;
        known[code * factsPerEntry] = hash;
        known[code * factsPerEntry + 1] = length;
        known[code * factsPerEntry + 2] = text.length + 4;
        text.appendUint32(length);
        text.appendBytes(new Uint8Array(view.buffer, view.byteOffset + start, length));
      }
      into[to + i - from] = code;
      start = end;
    }
    return until;
  };

  return {
    codes(offsets, bytes, from, count, into) {
      if (closed) return false;
      if (count === 0) return true;
      const before = size;
      const beforeBytes = text.length;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      let done = fill(offsets, view, from, from + count, into, 0);
      while (done < from + count) {
        if (size >= maxEntries || size < slots.length >> 1) {
          closed = true;
          size = before;
          text.length = beforeBytes;
          return false;
        }
        grow();
        done = fill(offsets, view, done, from + count, into, done - from);
      }
      return true;
    },
    get size() {
      return size;
    },
    plain: () => text.written(),
    start: (code) => facts[code * factsPerEntry + 2] as number, // codes are below size
    clear() {
      if (size * idleFactor < slots.length && slotBits > firstSlotBits) {
        slotBits = firstSlotBits;
        slots = new Int32Array(1 << slotBits);
        facts = new Int32Array(factsPerEntry << (slotBits - 1));
      } else {
        slots.fill(0);
      }
      text.trim(Math.max(firstTextBytes, text.length * idleFactor));
      size = 0;
      closed = false;
    },
  };
}

/** By rotation, exclusive or and multiplication, as rustc's FxHash mixes; one to one in `word`. */
const mix = (hash: number, word: number): number =>
  Math.imul(((hash << 5) | (hash >>> 27)) ^ word, 0x9e3779b1);

/** Up to three bytes as a word. */
function shortWord(view: DataView, start: number, length: number): number {
  let word = 0;
  for (let i = 0; i < length; i++) word |= view.getUint8(start + i) << (8 * i);
  return word;
}

/** Compares `length` bytes, at least four: four at a time, the last four overlapping. */
function sameBytes(a: DataView, startA: number, b: DataView, startB: number, length: number): boolean {
  const last = length - 4;
  for (let i = 0; i < last; i += 4) {
    if (a.getInt32(startA + i, true) !== b.getInt32(startB + i, true)) return false;
  }
  return a.getInt32(startA + last, true) === b.getInt32(startB + last, true);
}
