// Owns the dictionary of a column chunk whose values have a fixed width: from values to codes by a hash table of words.

export interface WordDictionary {
  /**
   * Writes the code of each of `count` values into `into`. False when the dictionary grew too large: then it is as it was
   * before this call, and takes no more until `clear`.
   */
  codes(words: Int32Array, count: number, into: Int32Array): boolean;
  /** Entries. */
  readonly size: number;
  /** The entries in the order of their codes, as PLAIN has them: a view that is valid until the next call of `codes`. */
  words(): Int32Array;
  /** Begins anew and keeps the memory, unless most of it was not needed in the end. */
  clear(): void;
}

export interface WordDictionaryOptions {
  /** Words per value: 1, or 2 with the low word first. Doubles are told apart by their bits. */
  readonly width: 1 | 2;
  readonly maxEntries: number;
}

/** Slots to begin with. A table is at most half full. */
const firstSlotBits = 10;

/** With more slots per entry than this a table is made anew: it grew for a page that the dictionary did not take. */
const idleSlots = 8;

export function wordDictionary({ width, maxEntries }: WordDictionaryOptions): WordDictionary {
  let slotBits = firstSlotBits;
  /** Code + 1 by slot; 0 is free. */
  let slots = new Int32Array(1 << slotBits);
  let entries = new Int32Array(width << (firstSlotBits - 1));
  let size = 0;
  let closed = false;

  const grow = (): void => {
    slotBits += 1;
    slots = new Int32Array(1 << slotBits);
    const larger = new Int32Array(width << (slotBits - 1));
    larger.set(entries.subarray(0, size * width));
    entries = larger;
    for (let code = 0; code < size; code++) {
      let slot = slotOf(code);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = code + 1;
    }
  };

  const slotOf = (code: number): number => {
    const word = entries[code * width] as number; // below size
    return (width === 1 ? hash(word) : hashPair(word, entries[code * 2 + 1] as number)) >>> (32 - slotBits);
  };

  /** Makes codes until the table must grow, and returns how far it came. */
  const fill = width === 1 ? fillWords : fillPairs;

  function fillWords(words: Int32Array, from: number, count: number, into: Int32Array): number {
    const mask = slots.length - 1;
    const shift = 32 - slotBits;
    const full = Math.min(slots.length >> 1, maxEntries);
    const table = slots;
    const keys = entries;
    for (let i = from; i < count; i++) {
      const word = words[i] as number; // count words
      let slot = hash(word) >>> shift;
      let code = (table[slot] as number) - 1; // masked
      while (code !== -1 && keys[code] !== word) {
        slot = (slot + 1) & mask;
        code = (table[slot] as number) - 1;
      }
      if (code === -1) {
        if (size === full) return i;
        code = size++;
        keys[code] = word;
        table[slot] = code + 1;
      }
      into[i] = code;
    }
    return count;
  }

  function fillPairs(words: Int32Array, from: number, count: number, into: Int32Array): number {
    const mask = slots.length - 1;
    const shift = 32 - slotBits;
    const full = Math.min(slots.length >> 1, maxEntries);
    const table = slots;
    const keys = entries;
    for (let i = from; i < count; i++) {
      const low = words[i * 2] as number; // two words each
      const high = words[i * 2 + 1] as number;
      let slot = hashPair(low, high) >>> shift;
      let code = (table[slot] as number) - 1; // masked
      while (code !== -1 && (keys[code * 2] !== low || keys[code * 2 + 1] !== high)) {
        slot = (slot + 1) & mask;
        code = (table[slot] as number) - 1;
      }
      if (code === -1) {
        if (size === full) return i;
        code = size++;
        keys[code * 2] = low;
        keys[code * 2 + 1] = high;
        table[slot] = code + 1;
      }
      into[i] = code;
    }
    return count;
  }

  return {
    codes(words, count, into) {
      if (closed) return false;
      const before = size;
      let done = fill(words, 0, count, into);
      while (done < count) {
        if (size >= maxEntries) {
          closed = true;
          size = before;
          return false;
        }
        grow();
        done = fill(words, done, count, into);
      }
      return true;
    },
    get size() {
      return size;
    },
    words: () => entries.subarray(0, size * width),
    clear() {
      if (size * idleSlots < slots.length && slotBits > firstSlotBits) {
        slotBits = firstSlotBits;
        slots = new Int32Array(1 << slotBits);
        entries = new Int32Array(width << (slotBits - 1));
      } else {
        slots.fill(0);
      }
      size = 0;
      closed = false;
    },
  };
}

/** Knuth's multiplicative hash (The Art of Computer Programming, vol. 3, 6.4): the high bits are the good ones. */
const hash = (word: number): number => Math.imul(word, 0x9e3779b1);
const hashPair = (low: number, high: number): number =>
  Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
