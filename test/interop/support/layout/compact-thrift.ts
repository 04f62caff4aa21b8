// Owns reading Thrift's compact protocol into plain values, written from its specification and sharing nothing with the encoder.
// Source: doc/specs/thrift-compact-protocol.md of apache/thrift.

export type ThriftValue = boolean | number | bigint | Uint8Array | readonly ThriftValue[] | ThriftStruct;

/** Fields by their numbers. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

export interface Decoded {
  readonly struct: ThriftStruct;
  /** Bytes that it took. */
  readonly length: number;
}

export function decodeStruct(bytes: Uint8Array): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const byte = (): number => {
    const value = bytes[at++];
    if (value === undefined) throw new Error(`A Thrift struct ends after ${bytes.length} bytes, too early.`);
    return value;
  };
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (shift > 63n) throw new Error('A varint is longer than 64 bits.');
      const next = byte();
      value |= BigInt(next & 127) << shift;
      if (next < 128) return value;
    }
  };
  const zigzag = (): bigint => {
    const value = varint();
    return (value >> 1n) ^ -(value & 1n);
  };
  const read = (type: number, inList: boolean): ThriftValue => {
    switch (type) {
      case 1:
      case 2:
        // A field's type is its value; in a list each element is a byte, 1 for true.
        return inList ? byte() === 1 : type === 1;
      case 3:
        return (byte() << 24) >> 24;
      case 4:
      case 5:
        return Number(zigzag());
      case 6:
        return zigzag();
      case 7:
        at += 8;
        return view.getFloat64(at - 8, true);
      case 8: {
        const length = Number(varint());
        at += length;
        if (at > bytes.length) throw new Error('A Thrift binary reaches beyond its end.');
        return bytes.subarray(at - length, at);
      }
      case 9:
      case 10: {
        const header = byte();
        const size = header >> 4 === 15 ? Number(varint()) : header >> 4;
        return Array.from({ length: size }, () => read(header & 15, true));
      }
      case 12:
        return struct();
      default:
        throw new Error(`Thrift type ${type} does not exist.`);
    }
  };
  const struct = (): ThriftStruct => {
    const fields = new Map<number, ThriftValue>();
    let field = 0;
    for (;;) {
      const header = byte();
      if (header === 0) return fields;
      field = header >> 4 === 0 ? Number(zigzag()) : field + (header >> 4);
      if (fields.has(field)) throw new Error(`Field ${field} comes twice.`);
      fields.set(field, read(header & 15, false));
    }
  };
  return { struct: struct(), length: at };
}

const missing = (field: number, wanted: string): Error => new Error(`Field ${field} is not ${wanted}.`);

/** An i32 or i64 as a number; throws where it is absent. */
export function numberAt(struct: ThriftStruct, field: number): number {
  const value = struct.get(field);
  if (typeof value !== 'number' && typeof value !== 'bigint') throw missing(field, 'an integer');
  return Number(value);
}

export function optionalNumber(struct: ThriftStruct, field: number): number | undefined {
  return struct.has(field) ? numberAt(struct, field) : undefined;
}

function bytesAt(struct: ThriftStruct, field: number): Uint8Array {
  const value = struct.get(field);
  if (!(value instanceof Uint8Array)) throw missing(field, 'binary');
  return value;
}

export function optionalBytes(struct: ThriftStruct, field: number): Uint8Array | undefined {
  return struct.has(field) ? bytesAt(struct, field) : undefined;
}

export function structAt(struct: ThriftStruct, field: number): ThriftStruct {
  const value = struct.get(field);
  if (!(value instanceof Map)) throw missing(field, 'a struct');
  return value;
}

export function optionalStruct(struct: ThriftStruct, field: number): ThriftStruct | undefined {
  return struct.has(field) ? structAt(struct, field) : undefined;
}

export function listAt(struct: ThriftStruct, field: number): readonly ThriftValue[] {
  const value = struct.get(field);
  if (!Array.isArray(value)) throw missing(field, 'a list');
  return value;
}

export function structsAt(struct: ThriftStruct, field: number): readonly ThriftStruct[] {
  return listAt(struct, field).map((value) => {
    if (!(value instanceof Map)) throw missing(field, 'a list of structs');
    return value;
  });
}

export function numbersAt(struct: ThriftStruct, field: number): readonly number[] {
  return listAt(struct, field).map(Number);
}
