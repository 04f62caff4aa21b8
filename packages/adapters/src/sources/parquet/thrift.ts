// Owns reading and splicing of Thrift compact structs: fields are found as ranges of bytes, and what is not looked into
// is copied as it stands. It knows no Parquet.
// Format: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md

/** Wire types of the compact protocol; booleans in structs carry their value in the type. */
export const thriftType = {
  true: 1,
  false: 2,
  i8: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
  uuid: 13,
} as const;

/** A range of bytes: of a value, without its header. */
export interface ThriftRange {
  readonly start: number;
  readonly end: number;
}

export interface ThriftField extends ThriftRange {
  readonly id: number;
  readonly type: number;
}

const maxDepth = 32;

/** The fields of the struct that begins at `start`, by id. Throws RangeError on bytes that are no struct. */
export function readStruct(bytes: Uint8Array, start: number = 0): Map<number, ThriftField> {
  const fields = new Map<number, ThriftField>();
  walkStruct(bytes, start, 0, (field) => fields.set(field.id, field));
  return fields;
}

/** Where the values of a list begin and end. */
export function readList(bytes: Uint8Array, list: ThriftRange): ThriftRange[] {
  const { count, type, start } = listHeader(bytes, list.start);
  const items: ThriftRange[] = [];
  let at = start;
  for (let item = 0; item < count; item += 1) {
    const end = skip(bytes, at, type, 0, true);
    items.push({ start: at, end });
    at = end;
  }
  return items;
}

/** A signed integer of any width. Throws RangeError beyond 2^52. */
export function readInteger(bytes: Uint8Array, range: ThriftRange): number {
  const { value } = varint(bytes, range.start);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

export function readText(bytes: Uint8Array, range: ThriftRange): string {
  const { value: length, end } = varint(bytes, range.start);
  return Buffer.from(bytes.buffer, bytes.byteOffset + end, length).toString('utf8');
}

/** The bytes of a string or binary. */
export function readBytes(bytes: Uint8Array, range: ThriftRange): Uint8Array {
  const { value: length, end } = varint(bytes, range.start);
  return bytes.subarray(end, end + length);
}

/** A field ready to be put into a struct. */
export interface ThriftPart {
  readonly id: number;
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** The struct of these fields, in ascending order of id. */
export function encodeStruct(parts: readonly ThriftPart[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let last = 0;
  for (const part of parts) {
    const delta = part.id - last;
    pieces.push(
      delta > 0 && delta <= 15
        ? Uint8Array.of((delta << 4) | part.type)
        : concat([Uint8Array.of(part.type), encodeInteger(part.id)]),
      part.bytes,
    );
    last = part.id;
  }
  pieces.push(Uint8Array.of(0));
  return concat(pieces);
}

export function encodeInteger(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value >= 0 ? value * 2 : value * -2 - 1;
  while (left >= 128) {
    bytes.push((left % 128) + 128);
    left = Math.floor(left / 128);
  }
  bytes.push(left);
  return Uint8Array.from(bytes);
}

/** A string or binary. */
export function encodeBytes(bytes: Uint8Array): Uint8Array {
  return concat([unsigned(bytes.length), bytes]);
}

/** A list of structs. */
export function encodeStructList(items: readonly Uint8Array[]): Uint8Array {
  const header =
    items.length < 15
      ? Uint8Array.of((items.length << 4) | thriftType.struct)
      : concat([Uint8Array.of(0xf0 | thriftType.struct), unsigned(items.length)]);
  return concat([header, ...items]);
}

export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = Buffer.concat(pieces);
  return new Uint8Array(joined.buffer, joined.byteOffset, joined.byteLength);
}

function unsigned(value: number): Uint8Array {
  // Zigzag doubles what is not negative, so half of it in zigzag is the plain number; odd ones need the sign.
  return encodeInteger(value % 2 === 0 ? value / 2 : -(value + 1) / 2);
}

function walkStruct(
  bytes: Uint8Array,
  start: number,
  depth: number,
  found: ((field: ThriftField) => void) | undefined,
): number {
  if (depth > maxDepth) throw new RangeError('structs are nested too deeply');
  let at = start;
  let id = 0;
  for (;;) {
    const header = byteAt(bytes, at);
    at += 1;
    if (header === 0) return at;
    const type = header & 0x0f;
    const delta = header >> 4;
    if (delta === 0) {
      const explicit = varint(bytes, at);
      id = readInteger(bytes, { start: at, end: explicit.end });
      at = explicit.end;
    } else {
      id += delta;
    }
    const end = skip(bytes, at, type, depth + 1, false);
    found?.({ id, type, start: at, end });
    at = end;
  }
}

/** The end of a value. Booleans take no byte in a struct, but one in a list. */
function skip(bytes: Uint8Array, start: number, type: number, depth: number, inList: boolean): number {
  switch (type) {
    case thriftType.true:
    case thriftType.false:
      return inList ? inside(bytes, start + 1) : start;
    case thriftType.i8:
      return inside(bytes, start + 1);
    case thriftType.i16:
    case thriftType.i32:
    case thriftType.i64:
      return varintEnd(bytes, start);
    case thriftType.double:
      return inside(bytes, start + 8);
    case thriftType.uuid:
      return inside(bytes, start + 16);
    case thriftType.binary: {
      const { value, end } = varint(bytes, start);
      return inside(bytes, end + value);
    }
    case thriftType.list:
    case thriftType.set: {
      const list = listHeader(bytes, start);
      let at = list.start;
      for (let item = 0; item < list.count; item += 1) at = skip(bytes, at, list.type, depth + 1, true);
      return at;
    }
    case thriftType.map:
      return skipMap(bytes, start, depth);
    case thriftType.struct:
      return walkStruct(bytes, start, depth, undefined);
    default:
      throw new RangeError(`unknown type ${type}`);
  }
}

function skipMap(bytes: Uint8Array, start: number, depth: number): number {
  const { value: count, end } = varint(bytes, start);
  if (count === 0) return end;
  const types = byteAt(bytes, end);
  let at = end + 1;
  for (let entry = 0; entry < count; entry += 1) {
    at = skip(bytes, at, types >> 4, depth + 1, true);
    at = skip(bytes, at, types & 0x0f, depth + 1, true);
  }
  return at;
}

function listHeader(bytes: Uint8Array, start: number): { count: number; type: number; start: number } {
  const header = byteAt(bytes, start);
  const short = header >> 4;
  if (short !== 15) return { count: short, type: header & 0x0f, start: start + 1 };
  const { value, end } = varint(bytes, start + 1);
  return { count: value, type: header & 0x0f, start: end };
}

function varint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  let factor = 1;
  let at = start;
  for (;;) {
    const byte = byteAt(bytes, at);
    at += 1;
    value += (byte & 0x7f) * factor;
    if (value > Number.MAX_SAFE_INTEGER) throw new RangeError('a number beyond 2^52');
    if (byte < 0x80) return { value, end: at };
    factor *= 128;
  }
}

function varintEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (byteAt(bytes, at) >= 0x80) at += 1;
  return at + 1;
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError('it ends too early');
  return byte;
}

function inside(bytes: Uint8Array, end: number): number {
  if (end > bytes.length) throw new RangeError('it ends too early');
  return end;
}
