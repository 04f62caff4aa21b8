// Owns compression in the Snappy format (google/snappy, format_description.txt): back references within 64 KiB, found by a hash
// table of four-byte words as in the format's own implementation.
import type { ByteBuffer } from './byte-buffer.js';

const fragmentBytes = 65_536;
const hashBits = 14;
/** Where a word was last seen, counted from the beginning of the fragment. */
const seen = new Uint16Array(1 << hashBits);
/** A fragment's last bytes are not searched, so that words may be read beyond a match. */
const margin = 15;

/** Bytes that `length` bytes take at most, if nothing repeats. */
const worstCase = (length: number): number => 16 + length + Math.ceil(length / 6);

export function appendSnappy(out: ByteBuffer, input: Uint8Array): void {
  out.appendVarint(input.length);
  out.reserve(worstCase(input.length));
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  for (let start = 0; start < input.length; start += fragmentBytes) {
    const end = Math.min(start + fragmentBytes, input.length);
    out.length = compressFragment(input, view, start, end, out, out.length);
  }
}

/**
 * Appends what stands before bytes that are stored as they are: their number, and the tag of one literal of all of them. The
 * bytes must follow.
 */
export function appendStoredHead(out: ByteBuffer, length: number): void {
  out.appendVarint(length);
  if (length === 0) return;
  out.reserve(8);
  out.length = writeLiteralTag(out.bytes, out.length, length);
}

function compressFragment(
  input: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  out: ByteBuffer,
  length: number,
): number {
  const to = out.bytes;
  const toView = out.view;
  let at = length;
  let literal = start;
  const limit = end - margin;
  if (start < limit) {
    seen.fill(0);
    let position = start + 1;
    search: for (;;) {
      // Looks less and less often where nothing repeats.
      let skip = 32;
      let candidate: number;
      let next = position;
      let word: number;
      do {
        position = next;
        next = position + (skip++ >>> 5);
        if (next > limit) break search;
        word = view.getInt32(position, true);
        const slot = hash(word);
        candidate = start + (seen[slot] as number); // as many slots as hashes
        seen[slot] = position - start;
      } while (view.getInt32(candidate, true) !== word);
      const size = position - literal;
      if (size <= 16) {
        // The margin leaves 16 bytes to read, and the worst case as many to write: fewer steps than byte by byte.
        to[at] = (size - 1) << 2;
        toView.setInt32(at + 1, view.getInt32(literal, true), true);
        toView.setInt32(at + 5, view.getInt32(literal + 4, true), true);
        if (size > 8) {
          toView.setInt32(at + 9, view.getInt32(literal + 8, true), true);
          toView.setInt32(at + 13, view.getInt32(literal + 12, true), true);
        }
        at += 1 + size;
      } else {
        at = writeLiteral(input, literal, position, to, at);
      }
      do {
        const from = position;
        position = matchEnd(input, view, candidate + 4, position + 4, end);
        at = writeCopy(to, at, from - candidate, position - from);
        literal = position;
        if (position >= limit) break search;
        seen[hash(view.getInt32(position - 1, true))] = position - 1 - start;
        word = view.getInt32(position, true);
        const slot = hash(word);
        candidate = start + (seen[slot] as number); // as many slots as hashes
        seen[slot] = position - start;
      } while (view.getInt32(candidate, true) === word);
      position += 1;
    }
  }
  return writeLiteral(input, literal, end, to, at);
}

const hash = (word: number): number => Math.imul(word, 0x1e35a7bd) >>> (32 - hashBits);

/** The first place from `position` on, at most `end`, at which the bytes differ from those from `candidate` on. */
function matchEnd(
  input: Uint8Array,
  view: DataView,
  candidate: number,
  position: number,
  end: number,
): number {
  let a = candidate;
  let b = position;
  while (b <= end - 4) {
    const different = view.getInt32(a, true) ^ view.getInt32(b, true);
    // The lowest bit that differs tells how many of the four bytes are equal.
    if (different !== 0) return b + ((31 - Math.clz32(different & -different)) >> 3);
    a += 4;
    b += 4;
  }
  while (b < end && input[a] === input[b]) {
    a += 1;
    b += 1;
  }
  return b;
}

function writeLiteralTag(to: Uint8Array, length: number, size: number): number {
  let at = length;
  const rest = size - 1;
  if (rest < 60) {
    to[at++] = rest << 2;
    return at;
  }
  const bytes = (39 - Math.clz32(rest)) >> 3;
  to[at++] = (59 + bytes) << 2;
  for (let i = 0; i < bytes; i++) to[at++] = rest >>> (8 * i);
  return at;
}

/** Below this a loop copies faster than a call of `set`. */
const longLiteral = 48;

function writeLiteral(input: Uint8Array, from: number, end: number, to: Uint8Array, length: number): number {
  const size = end - from;
  if (size === 0) return length;
  let at = writeLiteralTag(to, length, size);
  if (size < longLiteral) {
    for (let i = from; i < end; i++) to[at++] = input[i] as number; // within the input
    return at;
  }
  to.set(input.subarray(from, end), at);
  return at + size;
}

function writeCopy(to: Uint8Array, length: number, offset: number, size: number): number {
  let at = length;
  let rest = size;
  // A copy is of 64 bytes at most, and of no fewer than four in the short form.
  while (rest >= 68) {
    at = writeLongCopy(to, at, offset, 64);
    rest -= 64;
  }
  if (rest > 64) {
    at = writeLongCopy(to, at, offset, 60);
    rest -= 60;
  }
  if (rest >= 12 || offset >= 2048) return writeLongCopy(to, at, offset, rest);
  to[at++] = 1 | ((rest - 4) << 2) | ((offset >> 8) << 5);
  to[at++] = offset;
  return at;
}

function writeLongCopy(to: Uint8Array, length: number, offset: number, size: number): number {
  to[length] = 2 | ((size - 1) << 2);
  to[length + 1] = offset;
  to[length + 2] = offset >> 8;
  return length + 3;
}
