// Owns writing Thrift's compact protocol, in which all metadata of a Parquet file is. Source:
// thrift-compact-protocol.md of apache/thrift.
import type { ByteBuffer } from './byte-buffer.js';

const types = { true: 1, false: 2, i8: 3, i16: 4, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

/** Writes fields of the struct that is open, in rising order of their numbers. */
export interface CompactWriter {
  bool(field: number, value: boolean): void;
  i8(field: number, value: number): void;
  i16(field: number, value: number): void;
  i32(field: number, value: number): void;
  /** @param value a whole number within 2^53 */
  i64(field: number, value: number): void;
  binary(field: number, value: Uint8Array): void;
  text(field: number, value: string): void;
  struct(field: number, write: () => void): void;
  bools(field: number, values: readonly boolean[]): void;
  i32s(field: number, values: readonly number[]): void;
  i64s(field: number, values: readonly number[]): void;
  binaries(field: number, values: readonly Uint8Array[]): void;
  texts(field: number, values: readonly string[]): void;
  structs<T>(field: number, items: readonly T[], write: (item: T) => void): void;
}

/** Appends one whole struct: `write` puts its fields. */
export function appendStruct(out: ByteBuffer, write: (fields: CompactWriter) => void): void {
  write(compactWriter(out));
  out.appendByte(0);
}

const utf8 = new TextEncoder();

function compactWriter(out: ByteBuffer): CompactWriter {
  /** Number of the field before in the struct that is open: headers hold the difference to it. */
  let last = 0;

  const zigzag = (value: number): void => out.appendZigzag64(value | 0, Math.floor(value / 2 ** 32));
  const begin = (field: number, type: number): void => {
    const step = field - last;
    last = field;
    if (step > 0 && step < 16) {
      out.appendByte((step << 4) | type);
      return;
    }
    out.appendByte(type);
    zigzag(field);
  };
  const number = (type: number) => (field: number, value: number) => {
    begin(field, type);
    zigzag(value);
  };
  const bytes = (value: Uint8Array): void => {
    out.appendVarint(value.length);
    out.appendBytes(value);
  };
  const body = (write: () => void): void => {
    const outer = last;
    last = 0;
    write();
    out.appendByte(0);
    last = outer;
  };
  const list = <T>(field: number, type: number, values: readonly T[], write: (value: T) => void): void => {
    begin(field, types.list);
    if (values.length < 15) {
      out.appendByte((values.length << 4) | type);
    } else {
      out.appendByte(0xf0 | type);
      out.appendVarint(values.length);
    }
    for (const value of values) write(value);
  };

  return {
    bool: (field, value) => begin(field, value ? types.true : types.false),
    i8(field, value) {
      begin(field, types.i8);
      out.appendByte(value);
    },
    i16: number(types.i16),
    i32: number(types.i32),
    i64: number(types.i64),
    binary(field, value) {
      begin(field, types.binary);
      bytes(value);
    },
    text(field, value) {
      begin(field, types.binary);
      bytes(utf8.encode(value));
    },
    struct(field, write) {
      begin(field, types.struct);
      body(write);
    },
    // In a list the value of a boolean is a byte of its own, by the names that fields have in their headers.
    bools: (field, values) =>
      list(field, types.true, values, (value) => out.appendByte(value ? types.true : types.false)),
    i32s: (field, values) => list(field, types.i32, values, zigzag),
    i64s: (field, values) => list(field, types.i64, values, zigzag),
    binaries: (field, values) => list(field, types.binary, values, bytes),
    texts: (field, values) => list(field, types.binary, values, (value) => bytes(utf8.encode(value))),
    structs: (field, items, write) => list(field, types.struct, items, (item) => body(() => write(item))),
  };
}
