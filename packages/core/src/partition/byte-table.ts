// Owns a table from UTF-8 bytes to small numbers, so that strings are told apart without being decoded.

export interface ByteTable {
  /** The number given to these bytes, or -1. */
  find(bytes: Uint8Array, from: number, to: number): number;
  /** Gives bytes that are not in the table a number; keeps a copy of them. */
  add(bytes: Uint8Array, from: number, to: number, id: number): void;
}

/** Open addressing with linear probing over FNV-1a hashes (Fowler, Noll, Vo; 32 bits); at most half full. */
export function createByteTable(): ByteTable {
  let slots = new Int32Array(256);
  let hashes = new Int32Array(128);
  let ids = new Int32Array(128);
  let ends = new Int32Array(128);
  let store = new Uint8Array(4_096);
  let count = 0;

  const isEntry = (entry: number, bytes: Uint8Array, from: number, to: number): boolean => {
    const start = entry === 0 ? 0 : (ends[entry - 1] as number);
    if ((ends[entry] as number) - start !== to - from) return false;
    for (let at = from, own = start; at < to; at += 1, own += 1) {
      if (bytes[at] !== store[own]) return false;
    }
    return true;
  };

  const insertSlot = (entry: number): void => {
    const mask = slots.length - 1;
    let slot = (hashes[entry] as number) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = entry + 1;
  };

  const grow = (): void => {
    hashes = enlarged(hashes, count * 2);
    ids = enlarged(ids, count * 2);
    ends = enlarged(ends, count * 2);
    slots = new Int32Array(slots.length * 2);
    for (let entry = 0; entry < count; entry += 1) insertSlot(entry);
  };

  return {
    find(bytes, from, to) {
      const hash = hashOf(bytes, from, to);
      const mask = slots.length - 1;
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const entry = (slots[slot] as number) - 1;
        if (entry < 0) return -1;
        if (hashes[entry] === hash && isEntry(entry, bytes, from, to)) return ids[entry] as number;
      }
    },
    add(bytes, from, to, id) {
      if (count === hashes.length) grow();
      const start = count === 0 ? 0 : (ends[count - 1] as number);
      const end = start + to - from;
      if (end > store.length) {
        const larger = new Uint8Array(Math.max(end, store.length * 2));
        larger.set(store);
        store = larger;
      }
      store.set(bytes.subarray(from, to), start);
      hashes[count] = hashOf(bytes, from, to);
      ids[count] = id;
      ends[count] = end;
      insertSlot(count);
      count += 1;
    },
  };
}

function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  // The low bits choose the slot: let the high ones take part.
  return (hash ^ (hash >>> 15)) | 0;
}

function enlarged(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
