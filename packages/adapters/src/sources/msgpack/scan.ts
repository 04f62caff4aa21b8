// Owns finding where a value of MessagePack ends, so that only whole ones are decoded: what a damaged file says of lengths is never
// waited for beyond a limit. It goes on where it stopped when more bytes have come.
// Source: https://github.com/msgpack/msgpack/blob/master/spec.md
import { isUtf8 } from 'node:buffer';

/** How far a value was followed. */
export interface Scan {
  /** Bytes of it that were passed over. */
  at: number;
  /** Values that are still to come, those within it included. */
  left: number;
  /** Values that are still to come of each array and map that is open, the outermost first. */
  readonly open: number[];
}

export const newScan = (): Scan => ({ at: 0, left: 1, open: [] });
/** Arrays and maps within each other: decoding calls itself for each. */
const mostOpen = 64;

/**
 * Follows a value that begins with the bytes; true when its end was found.
 * @param maxBytes that it may have
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
    if (end > bytes.length) return false;
    if (part.isText && !isUtf8(bytes.subarray(end - payload, end)))
      throw new RangeError('has text that is not UTF-8');
    scan.at = end;
    scan.left = left;
    follow(scan.open, count * part.per);
  }
  return true;
}

function follow(open: number[], within: number): void {
  const innermost = open.length - 1;
  if (innermost >= 0) open[innermost] = (open[innermost] ?? 0) - 1;
  if (within > 0 && open.push(within) > mostOpen)
    throw new RangeError(`is nested more than ${mostOpen} deep`);
  while (open.at(-1) === 0) open.pop();
}

interface Part {
  /** Bytes of the number that follows the head. */
  readonly sizeBytes: 0 | 1 | 2 | 4;
  /** The number where the head has it. */
  readonly fixed?: number;
  /** Values within for each of the number; 0: it counts bytes. */
  readonly per: 0 | 1 | 2;
  /** Bytes beside those that are counted. */
  readonly more: number;
  readonly isText?: boolean;
}

const plain = (bytes: number): Part => ({ sizeBytes: 0, fixed: bytes, per: 0, more: 0 });
const counted = (sizeBytes: 1 | 2 | 4, per: 0 | 1 | 2, more = 0, isText = false): Part => ({
  sizeBytes,
  per,
  more,
  isText,
});

/** From 0xc0 to 0xdf. */
const parts: readonly (Part | undefined)[] = [
  ...[plain(0), undefined, plain(0), plain(0)],
  ...[counted(1, 0), counted(2, 0), counted(4, 0)],
  // Extensions have a byte for their type.
  ...[counted(1, 0, 1), counted(2, 0, 1), counted(4, 0, 1)],
  ...[plain(4), plain(8)],
  ...[plain(1), plain(2), plain(4), plain(8), plain(1), plain(2), plain(4), plain(8)],
  ...[plain(2), plain(3), plain(5), plain(9), plain(17)],
  ...[counted(1, 0, 0, true), counted(2, 0, 0, true), counted(4, 0, 0, true)],
  ...[counted(2, 1), counted(4, 1), counted(2, 2), counted(4, 2)],
];

function partOf(head: number): Part {
  if (head < 0x80 || head >= 0xe0) return plain(0);
  if (head < 0x90) return { sizeBytes: 0, fixed: head & 0x0f, per: 2, more: 0 };
  if (head < 0xa0) return { sizeBytes: 0, fixed: head & 0x0f, per: 1, more: 0 };
  if (head < 0xc0) return { sizeBytes: 0, fixed: head & 0x1f, per: 0, more: 0, isText: true };
  const part = parts[head - 0xc0];
  if (part === undefined) throw new RangeError('has the byte 0xc1, which begins no value');
  return part;
}

function sizeAt(view: DataView, at: number, bytes: 0 | 1 | 2 | 4): number {
  if (bytes === 1) return view.getUint8(at);
  return bytes === 2 ? view.getUint16(at) : view.getUint32(at);
}
