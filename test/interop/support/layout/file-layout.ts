// Owns taking a Parquet file apart: row groups, column chunks, every page header, statistics and page indexes, undecoded.
// Field numbers: parquet.thrift of apache/parquet-format.
import {
  decodeStruct,
  listAt,
  numberAt,
  numbersAt,
  optionalBytes,
  optionalNumber,
  optionalStruct,
  structAt,
  structsAt,
  type ThriftStruct,
} from './compact-thrift.js';

export interface Bounds {
  readonly min: Uint8Array | undefined;
  readonly max: Uint8Array | undefined;
  readonly isMinExact: boolean | undefined;
  readonly isMaxExact: boolean | undefined;
  readonly nullCount: number | undefined;
  /** The fields that readers of long ago used, whose order was signed. */
  readonly hasOldBounds: boolean;
}

export interface Page {
  readonly kind: 'data' | 'dictionary';
  /** Where its header begins. */
  readonly offset: number;
  readonly headerBytes: number;
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
  readonly values: number;
  readonly encoding: number;
  /** Of definition levels; undefined for dictionaries. */
  readonly levels: number | undefined;
  readonly statistics: Bounds | undefined;
}

export interface PageLocation {
  readonly offset: number;
  readonly bytes: number;
  readonly firstRow: number;
}

export interface ColumnIndex {
  readonly nullPages: readonly boolean[];
  readonly mins: readonly Uint8Array[];
  readonly maxs: readonly Uint8Array[];
  /** 0 unordered, 1 ascending, 2 descending. */
  readonly order: number;
  readonly nullCounts: readonly number[] | undefined;
}

export interface Chunk {
  readonly physicalType: number;
  readonly path: string;
  readonly codec: number;
  readonly encodings: readonly number[];
  readonly values: number;
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
  readonly dataOffset: number;
  readonly dictionaryOffset: number | undefined;
  readonly statistics: Bounds | undefined;
  readonly pages: readonly Page[];
  readonly locations: readonly PageLocation[] | undefined;
  readonly columnIndex: ColumnIndex | undefined;
}

export interface RowGroup {
  readonly rows: number;
  readonly uncompressedBytes: number;
  readonly compressedBytes: number | undefined;
  readonly chunks: readonly Chunk[];
}

export interface FileLayout {
  readonly rows: number;
  readonly createdBy: string;
  /** One per column: true for TypeDefinedOrder. */
  readonly ordered: readonly boolean[];
  readonly rowGroups: readonly RowGroup[];
}

const magic = 'PAR1';

export function layoutOf(file: Buffer): FileLayout {
  const ends = [file.subarray(0, 4), file.subarray(file.length - 4)].map((bytes) => bytes.toString('latin1'));
  if (ends.some((end) => end !== magic))
    throw new Error(`The file begins and ends with ${ends.join(' and ')}.`);
  const footerBytes = file.readUInt32LE(file.length - 8);
  const { struct: footer, length } = decodeStruct(
    file.subarray(file.length - 8 - footerBytes, file.length - 8),
  );
  if (length !== footerBytes) throw new Error(`The footer takes ${length} bytes of ${footerBytes}.`);
  const text = new TextDecoder();
  return {
    rows: numberAt(footer, 3),
    createdBy: text.decode(optionalBytes(footer, 6)),
    ordered: footer.has(7) ? structsAt(footer, 7).map((order) => order.has(1)) : [],
    rowGroups: structsAt(footer, 4).map((group) => ({
      rows: numberAt(group, 3),
      uncompressedBytes: numberAt(group, 2),
      compressedBytes: optionalNumber(group, 6),
      chunks: structsAt(group, 1).map((chunk) => chunkOf(file, chunk)),
    })),
  };
}

function chunkOf(file: Buffer, chunk: ThriftStruct): Chunk {
  const data = structAt(chunk, 3);
  const dataOffset = numberAt(data, 9);
  // Writers of long ago left 0 where there is no dictionary.
  const dictionaryOffset = optionalNumber(data, 11) || undefined;
  const compressedBytes = numberAt(data, 7);
  const text = new TextDecoder('utf-8', { fatal: true });
  const path = listAt(data, 3).map((part) => text.decode(part as Uint8Array)); // a list of strings
  return {
    physicalType: numberAt(data, 1),
    path: path.join('.'),
    codec: numberAt(data, 4),
    encodings: numbersAt(data, 2),
    values: numberAt(data, 5),
    uncompressedBytes: numberAt(data, 6),
    compressedBytes,
    dataOffset,
    dictionaryOffset,
    statistics: boundsOf(optionalStruct(data, 12)),
    pages: pagesOf(file, Math.min(dictionaryOffset ?? dataOffset, dataOffset), compressedBytes),
    locations: indexed(file, chunk, 4)?.map(locationsOf),
    columnIndex: indexed(file, chunk, 6)?.map(columnIndexOf),
  };
}

/** The struct whose offset and length stand in two fields. */
function indexed(
  file: Buffer,
  chunk: ThriftStruct,
  field: number,
): { map<T>(make: (from: ThriftStruct) => T): T } | undefined {
  const offset = optionalNumber(chunk, field);
  const length = optionalNumber(chunk, field + 1);
  if (offset === undefined || length === undefined) return undefined;
  const decoded = decodeStruct(file.subarray(offset, offset + length));
  if (decoded.length !== length) throw new Error(`A page index takes ${decoded.length} bytes of ${length}.`);
  return { map: (make) => make(decoded.struct) };
}

const locationsOf = (struct: ThriftStruct): PageLocation[] =>
  structsAt(struct, 1).map((location) => ({
    offset: numberAt(location, 1),
    bytes: numberAt(location, 2),
    firstRow: numberAt(location, 3),
  }));

const columnIndexOf = (struct: ThriftStruct): ColumnIndex => ({
  nullPages: listAt(struct, 1).map((value) => value === true),
  mins: listAt(struct, 2).map((value) => value as Uint8Array), // a list of binaries, as is the next
  maxs: listAt(struct, 3).map((value) => value as Uint8Array),
  order: numberAt(struct, 4),
  nullCounts: struct.has(5) ? numbersAt(struct, 5) : undefined,
});

function boundsOf(struct: ThriftStruct | undefined): Bounds | undefined {
  if (struct === undefined) return undefined;
  const flag = (field: number): boolean | undefined =>
    struct.has(field) ? struct.get(field) === true : undefined;
  return {
    min: optionalBytes(struct, 6),
    max: optionalBytes(struct, 5),
    isMaxExact: flag(7),
    isMinExact: flag(8),
    nullCount: optionalNumber(struct, 3),
    hasOldBounds: struct.has(1) || struct.has(2),
  };
}

function pagesOf(file: Buffer, start: number, bytes: number): Page[] {
  const pages: Page[] = [];
  const end = start + bytes;
  let offset = start;
  while (offset < end) {
    const { struct, length } = decodeStruct(file.subarray(offset, end));
    const page = pageOf(struct, offset, length);
    pages.push(page);
    offset += length + page.compressedBytes;
  }
  if (offset !== end) throw new Error(`The pages of a chunk end at ${offset}, not at ${end}.`);
  return pages;
}

function pageOf(struct: ThriftStruct, offset: number, headerBytes: number): Page {
  const uncompressedBytes = numberAt(struct, 2);
  const compressedBytes = numberAt(struct, 3);
  const type = numberAt(struct, 1);
  const place = { offset, headerBytes, compressedBytes, uncompressedBytes };
  switch (type) {
    case 0: {
      const header = structAt(struct, 5);
      return {
        ...place,
        kind: 'data',
        values: numberAt(header, 1),
        encoding: numberAt(header, 2),
        levels: numberAt(header, 3),
        statistics: boundsOf(optionalStruct(header, 5)),
      };
    }
    case 2: {
      const header = structAt(struct, 7);
      return {
        ...place,
        kind: 'dictionary',
        values: numberAt(header, 1),
        encoding: numberAt(header, 2),
        levels: undefined,
        statistics: undefined,
      };
    }
    default:
      throw new Error(`A page of type ${type}, which is neither data (version 1) nor a dictionary.`);
  }
}
