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
  /** Begins anew and keeps the memory. */
  clear(): void;
}

export interface StringDictionaryOptions {
  readonly maxEntries: number;
  /** Bytes of the entries, four more for each included. */
  readonly maxBytes: number;
}

/** Slots to begin with. A table is at most half full. */
const firstSlotBits = 10;

export function stringDictionary({ maxEntries, maxBytes }: StringDictionaryOptions): StringDictionary {
  let slotBits = firstSlotBits;
  /** Code + 1 by slot; 0 is free. */
  let slots = new Int32Array(1 << slotBits);
  /** By code: hash, and where the bytes begin in `text`. */
  let hashes = new Int32Array(1 << (slotBits - 1));
  let starts = new Int32Array(1 << (slotBits - 1));
  const text = new ByteBuffer(4096);
  let size = 0;
  let closed = false;

  const grow = (): void => {
    slotBits += 1;
    slots = new Int32Array(1 << slotBits);
    hashes = longer(hashes);
    starts = longer(starts);
    for (let code = 0; code < size; code++) {
      let slot = (hashes[code] as number) >>> (32 - slotBits); // below size
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
    const mask = slots.length - 1;
    const shift = 32 - slotBits;
    const full = Math.min(slots.length >> 1, maxEntries);
    let start = offsets[from] as number; // one more offset than strings
    for (let i = from; i < until; i++) {
      const end = offsets[i + 1] as number; // the same
      const length = end - start;
      const hash = hashBytes(view, start, end);
      let slot = hash >>> shift;
      let code = (slots[slot] as number) - 1; // masked
      while (code !== -1 && !(hashes[code] === hash && same(code, view, start, length))) {
        slot = (slot + 1) & mask;
        code = (slots[slot] as number) - 1;
      }
      if (code === -1) {
        if (size === full || text.length + length + 4 > maxBytes) return i;
        code = size++;
        hashes[code] = hash;
        starts[code] = text.length + 4;
        slots[slot] = code + 1;
        text.appendUint32(length);
        text.appendBytes(new Uint8Array(view.buffer, view.byteOffset + start, length));
      }
      into[to + i - from] = code;
      start = end;
    }
    return until;
  };

  /** True when entry `code` is the `length` bytes at `start`; compares four at a time, the last four overlapping. */
  const same = (code: number, view: DataView, start: number, length: number): boolean => {
    const own = text.view;
    const begin = starts[code] as number; // below size
    if (own.getInt32(begin - 4, true) !== length) return false;
    if (length < 4) {
      for (let i = 0; i < length; i++) if (own.getUint8(begin + i) !== view.getUint8(start + i)) return false;
      return true;
    }
    const last = length - 4;
    for (let i = 0; i < last; i += 4) {
      if (own.getInt32(begin + i, true) !== view.getInt32(start + i, true)) return false;
    }
    return own.getInt32(begin + last, true) === view.getInt32(start + last, true);
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
    start: (code) => starts[code] as number, // codes are below size
    clear() {
      slots.fill(0);
      text.clear();
      size = 0;
      closed = false;
    },
  };
}

function longer(array: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}

/** Hashes four bytes at a time, the last four overlapping, by rotation, exclusive or and multiplication (as rustc's FxHash does). */
function hashBytes(view: DataView, start: number, end: number): number {
  const length = end - start;
  let hash = length;
  if (length < 4) {
    for (let i = start; i < end; i++) hash = (hash << 8) | view.getUint8(i);
    return Math.imul(hash, 0x9e3779b1);
  }
  const last = end - 4;
  for (let i = start; i < last; i += 4) hash = mix(hash, view.getInt32(i, true));
  return mix(hash, view.getInt32(last, true));
}

const mix = (hash: number, word: number): number =>
  Math.imul(((hash << 5) | (hash >>> 27)) ^ word, 0x9e3779b1);
