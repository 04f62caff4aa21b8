// Owns the heads of MessagePack's strings, bytes, arrays and maps, and room in the block for what follows them.
// Source: https://github.com/msgpack/msgpack/blob/master/spec.md
import type { TextBlock } from '../text/text-block.js';

/** Bytes that a head takes at most. */
const headBytes = 5;

/** Makes room; a block that a large value makes grow doubles, so that it is not copied for each part of the value. */
function reserve(block: TextBlock, bytes: number): void {
  if (block.length + bytes > block.bytes.length) block.reserve(Math.max(bytes, block.bytes.length));
}

export function putBytes(block: TextBlock, bytes: Uint8Array): void {
  reserve(block, bytes.length);
  block.bytes.set(bytes, block.length);
  block.length += bytes.length;
}

/** Strings of so many bytes of UTF-8. */
export function putString(block: TextBlock, utf8: Uint8Array): void {
  const { length } = utf8;
  reserve(block, headBytes + length);
  if (length < 32) putByte(block, 0xa0 | length);
  else if (length < 0x100) putHead8(block, 0xd9, length);
  else putHead(block, 0xda, 0xdb, length);
  putBytes(block, utf8);
}

export function putBinary(block: TextBlock, bytes: Uint8Array): void {
  const { length } = bytes;
  reserve(block, headBytes + length);
  if (length < 0x100) putHead8(block, 0xc4, length);
  else putHead(block, 0xc5, 0xc6, length);
  putBytes(block, bytes);
}

export function putArrayHead(block: TextBlock, length: number): void {
  reserve(block, headBytes);
  if (length < 16) putByte(block, 0x90 | length);
  else putHead(block, 0xdc, 0xdd, length);
}

export function putMapHead(block: TextBlock, entries: number): void {
  reserve(block, headBytes);
  if (entries < 16) putByte(block, 0x80 | entries);
  else putHead(block, 0xde, 0xdf, entries);
}

export function putNil(block: TextBlock): void {
  reserve(block, 1);
  putByte(block, 0xc0);
}

function putByte(block: TextBlock, byte: number): void {
  block.bytes[block.length] = byte;
  block.length += 1;
}

function putHead8(block: TextBlock, head: number, length: number): void {
  putByte(block, head);
  putByte(block, length);
}

/** Numbers are big-endian. */
function putHead(block: TextBlock, head16: number, head32: number, length: number): void {
  if (length < 0x1_0000) {
    putByte(block, head16);
    block.view.setUint16(block.length, length);
    block.length += 2;
  } else {
    putByte(block, head32);
    block.view.setUint32(block.length, length);
    block.length += 4;
  }
}
