// Owns writing a FlatBuffer, as far as Arrow's description of a schema needs it. Source: "FlatBuffers
// internals" of google/flatbuffers.
import { ByteBuffer } from './byte-buffer.js';

/** A value that stands in its table, of this many bytes. */
export interface Scalar {
  readonly bytes: 1 | 2 | 4 | 8;
  /** A whole number within 32 bits. */
  readonly value: number;
}
/** Values by slot: the order in which the schema of the table declares them. */
export interface Table {
  readonly slots: readonly (Slot | undefined)[];
}
export type Slot = Scalar | string | Table | readonly Table[];

export const scalar = (bytes: Scalar['bytes'], value: number): Scalar => ({ bytes, value });
export const table = (...slots: readonly (Slot | undefined)[]): Table => ({ slots });

/** The whole buffer, its length a multiple of eight. */
export function flatBuffer(root: Table): Uint8Array {
  const out = new ByteBuffer(512);
  out.appendUint32(0);
  point(out, 0, appendTable(out, root));
  align(out, 8);
  return out.written();
}

/** Everything lies behind what points to it, so that offsets are known when the target is written. */
function point(out: ByteBuffer, from: number, to: number): void {
  out.view.setUint32(from, to - from, true);
}

function align(out: ByteBuffer, to: number): void {
  while (out.length % to !== 0) out.appendByte(0);
}

function appendTable(out: ByteBuffer, { slots }: Table): number {
  // Large values first, so that each lies at a multiple of its size; the offset to the vtable is in front.
  const placed = slots
    .map((slot, number) => ({ slot, number, bytes: slot === undefined ? 0 : sizeOf(slot) }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
  let size = placed[0]?.bytes === 8 ? 8 : 4;
  const offsets = new Map<number, number>();
  for (const { number, bytes } of placed) {
    offsets.set(number, size);
    size += bytes;
  }

  // The vtable: its size, the table's, and where in the table each slot is.
  align(out, 8);
  const vtable = out.length;
  appendUint16(out, 4 + 2 * slots.length);
  appendUint16(out, size);
  for (const number of slots.keys()) appendUint16(out, offsets.get(number) ?? 0);
  align(out, 8);

  const start = out.length;
  out.appendUint32(start - vtable);
  for (let at = 4; at < size; at++) out.appendByte(0);
  for (const { slot, number } of placed) {
    const at = start + (offsets.get(number) ?? 0);
    if (slot !== undefined) fill(out, at, slot);
  }
  return start;
}

function sizeOf(slot: Slot): number {
  return typeof slot === 'object' && 'bytes' in slot ? slot.bytes : 4;
}

function fill(out: ByteBuffer, at: number, slot: Slot): void {
  if (typeof slot === 'string') {
    point(out, at, appendString(out, slot));
  } else if ('bytes' in slot) {
    const value = BigInt.asUintN(64, BigInt(slot.value));
    for (let i = 0; i < slot.bytes; i++) out.bytes[at + i] = Number((value >> BigInt(8 * i)) & 255n);
  } else if ('slots' in slot) {
    point(out, at, appendTable(out, slot));
  } else {
    point(out, at, appendVector(out, slot));
  }
}

function appendString(out: ByteBuffer, text: string): number {
  align(out, 4);
  const start = out.length;
  const bytes = new TextEncoder().encode(text);
  out.appendUint32(bytes.length);
  out.appendBytes(bytes);
  out.appendByte(0);
  return start;
}

function appendVector(out: ByteBuffer, tables: readonly Table[]): number {
  align(out, 4);
  const start = out.length;
  out.appendUint32(tables.length);
  for (let i = 0; i < tables.length; i++) out.appendUint32(0);
  for (const [index, element] of tables.entries()) {
    point(out, start + 4 + 4 * index, appendTable(out, element));
  }
  return start;
}

function appendUint16(out: ByteBuffer, value: number): void {
  out.appendByte(value & 255);
  out.appendByte(value >> 8);
}
