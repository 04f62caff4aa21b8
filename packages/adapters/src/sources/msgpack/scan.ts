// Owns finding where a value of MessagePack ends, so that only whole ones are decoded: what a damaged file says of lengths is never
// waited for beyond a limit. It goes on where it stopped when more bytes have come.
// Source: https://github.com/msgpack/msgpack/blob/master/spec.md
import { isAscii, isUtf8 } from 'node:buffer';

/** How far a value was followed. */
export interface Scan {
  /** Bytes of it that were passed over. */
  at: number;
  /** Values that are still to come, those within it included. */
  left: number;
  /** Bytes of memory that what was followed takes once it is decoded, at most. */
  held: number;
  /** Values that are still to come of each array and map that is open, the outermost first. */
  readonly open: number[];
}

export const newScan = (): Scan => ({ at: 0, left: 1, held: 0, open: [] });
/** Arrays and maps within each other: decoding calls itself for each. */
const mostOpen = 64;

/**
 * Follows a value that begins with the bytes; true when its end was found.
 * @param maxBytes that it may have, in the file and in memory: a nil is one byte there and eight here, an empty map one and 64
 * @throws RangeError saying what is wrong with it, as the end of a sentence
 */
export function scanned(bytes: Uint8Array, scan: Scan, maxBytes: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  while (scan.left > 0) {
    const head = bytes[scan.at];
    if (head === undefined) return false;
    const part = partOf(head);
    const headBytes = 1 + part.sizeBytes;
    if (scan.at + headBytes > bytes.length) return false;
    const count = part.fixed ?? sizeAt(view, scan.at + 1, part.sizeBytes);
    const payload = part.per === 0 ? count + part.more : 0;
    const end = scan.at + headBytes + payload;
    const left = scan.left - 1 + count * part.per;
    // Every value that is to come has a byte at least.
    if (end + left > maxBytes) throw new RangeError(`has more than ${maxBytes} bytes`);
    let held = scan.held + part.held + payload;
    if (part.per === 2 && count > 0) held += memory.keys + count * memory.entry;
    ensureHeld(held, maxBytes);
    if (end > bytes.length) return false;
    if (part.isText) {
      const text = bytes.subarray(end - payload, end);
      if (!isUtf8(text)) throw new RangeError('has text that is not UTF-8');
      // One letter beyond Latin-1 makes two bytes of every letter.
      if (!isAscii(text)) held += payload;
      ensureHeld(held, maxBytes);
    }
    scan.at = end;
    scan.left = left;
    scan.held = held;
    follow(scan.open, count * part.per);
  }
  return true;
}

function ensureHeld(held: number, maxBytes: number): void {
  if (held > maxBytes) throw new RangeError(`takes more than ${maxBytes} bytes of memory`);
}

function follow(open: number[], within: number): void {
  const innermost = open.length - 1;
  if (innermost >= 0) open[innermost] = (open[innermost] ?? 0) - 1;
  if (within > 0 && open.push(within) > mostOpen)
    throw new RangeError(`is nested more than ${mostOpen} deep`);
  while (open.at(-1) === 0) open.pop();
}

/**
 * Bytes that values take in memory beside those of texts and binary data, with the place in which they stand: measured on Node 20 with
 * 500,000 values of each kind, the worst of them rounded up. An entry of a map takes that beside its key and its value, and a map whose
 * keys no other has takes `keys` for them.
 */
const memory = {
  small: 8,
  number: 32,
  text: 32,
  binary: 104,
  extension: 144,
  array: 40,
  map: 64,
  keys: 72,
  entry: 40,
} as const;

interface Part {
  /** Bytes of the number that follows the head. */
  readonly sizeBytes: 0 | 1 | 2 | 4;
  /** The number where the head has it. */
  readonly fixed?: number;
  /** Values within for each of the number; 0: it counts bytes. */
  readonly per: 0 | 1 | 2;
  /** Bytes beside those that are counted. */
  readonly more: number;
  /** Bytes of memory, beside those that are counted. */
  readonly held: number;
  readonly isText?: boolean;
}

const plain = (bytes: number): Part => ({
  sizeBytes: 0,
  fixed: bytes,
  per: 0,
  more: 0,
  held: bytes < 2 ? memory.small : memory.number,
});
/** Extensions have a byte for their type. */
const extension = (bytes: number): Part => ({ ...plain(bytes + 1), held: memory.extension });
const sizes = [1, 2, 4] as const;
const counted = (part: Omit<Part, 'sizeBytes'>, from: readonly (1 | 2 | 4)[] = sizes): Part[] =>
  from.map((sizeBytes) => ({ ...part, sizeBytes }));
const text = { per: 0, more: 0, held: memory.text, isText: true } as const;
const array = { per: 1, more: 0, held: memory.array } as const;
const map = { per: 2, more: 0, held: memory.map } as const;

const small = plain(0);

/** From 0xc0 to 0xdf. */
const parts: readonly (Part | undefined)[] = [
  ...[plain(0), undefined, plain(0), plain(0)],
  ...counted({ per: 0, more: 0, held: memory.binary }),
  ...counted({ per: 0, more: 1, held: memory.extension }),
  ...[4, 8, 1, 2, 4, 8, 1, 2, 4, 8].map(plain),
  ...[1, 2, 4, 8, 16].map(extension),
  ...counted(text),
  ...counted(array, [2, 4]),
  ...counted(map, [2, 4]),
];

function partOf(head: number): Part {
  if (head < 0x80 || head >= 0xe0) return small;
  if (head < 0x90) return { ...map, sizeBytes: 0, fixed: head & 0x0f };
  if (head < 0xa0) return { ...array, sizeBytes: 0, fixed: head & 0x0f };
  if (head < 0xc0) return { ...text, sizeBytes: 0, fixed: head & 0x1f };
  const part = parts[head - 0xc0];
  if (part === undefined) throw new RangeError('has the byte 0xc1, which begins no value');
  return part;
}

function sizeAt(view: DataView, at: number, bytes: 0 | 1 | 2 | 4): number {
  if (bytes === 1) return view.getUint8(at);
  return bytes === 2 ? view.getUint16(at) : view.getUint32(at);
}
