// Owns the end of a Parquet file: page indexes, and the footer that says what lies where.
import type { Schema } from '@tailrace/core/sink';
import type { ParquetCompression } from '../compression.js';
import { ByteBuffer } from './byte-buffer.js';
import { compressionCodecs, pageTypes, physicalType } from './format-numbers.js';
import type { PlacedChunk, WrittenRowGroup } from './row-group.js';
import { writeSchema } from './schema-elements.js';
import { writeStatistics } from './statistics.js';
import { appendStruct, type CompactWriter } from './thrift.js';

export const magic: Uint8Array = new TextEncoder().encode('PAR1');

export interface FileMetadata {
  readonly schema: Schema;
  readonly compression: ParquetCompression;
  readonly groups: readonly WrittenRowGroup[];
  readonly keyValues: ReadonlyMap<string, string>;
  /** Such as `tailrace version 1.2.3`: readers work around the mistakes of writers by it. */
  readonly createdBy: string;
  /** By the name of the column. */
  readonly fieldIds?: ReadonlyMap<string, number>;
  /** The order that the rows of every row group have, the weightiest column first. */
  readonly sorting?: readonly SortingColumn[];
}

export interface SortingColumn {
  /** Its place in the schema. */
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/**
 * All that follows the row groups: page indexes, footer, its length, the magic.
 * @param offset where in the file it begins
 */
export function fileEnd(file: FileMetadata, offset: number): Uint8Array {
  const out = new ByteBuffer(4096);
  const indexes = appendPageIndexes(out, file.groups, offset);
  const start = out.length;
  appendStruct(out, (footer) => {
    // Whatever encodings are used, as parquet.thrift advises: readers may refuse a 2.
    footer.i32(1, 1);
    writeSchema(footer, 2, file.schema, file.fieldIds);
    footer.i64(
      3,
      sum(file.groups, ({ rows }) => rows),
    );
    footer.structs(4, [...file.groups.entries()], ([ordinal, group]) => {
      writeRowGroup(footer, file, group, ordinal, indexes);
    });
    footer.structs(5, [...file.keyValues], ([key, value]) => {
      footer.text(1, key);
      footer.text(2, value);
    });
    footer.text(6, file.createdBy);
    // TypeDefinedOrder for every column: what the bounds mean.
    footer.structs(7, file.schema.fields, () => footer.struct(1, () => undefined));
  });
  out.appendUint32(out.length - start);
  out.appendBytes(magic);
  return out.written();
}

interface IndexPlace {
  readonly columnIndex: { readonly offset: number; readonly size: number } | undefined;
  readonly offsetIndex: { readonly offset: number; readonly size: number } | undefined;
}

/** All column indexes, then all offset indexes: a reader that prunes gets at each kind in one piece. */
function appendPageIndexes(
  out: ByteBuffer,
  groups: readonly WrittenRowGroup[],
  offset: number,
): ReadonlyMap<PlacedChunk, IndexPlace> {
  const chunks = groups.flatMap((group) => group.chunks);
  const place = (bytes: Uint8Array | undefined) => {
    if (bytes === undefined) return undefined;
    const at = { offset: offset + out.length, size: bytes.length };
    out.appendBytes(bytes);
    return at;
  };
  const columnIndexes = chunks.map(({ columnIndex }) => place(columnIndex));
  return new Map(
    chunks.map((chunk, at) => [
      chunk,
      { columnIndex: columnIndexes[at], offsetIndex: place(chunk.offsetIndex) },
    ]),
  );
}

function writeRowGroup(
  fields: CompactWriter,
  file: FileMetadata,
  { rows, chunks }: WrittenRowGroup,
  ordinal: number,
  indexes: ReadonlyMap<PlacedChunk, IndexPlace>,
): void {
  fields.structs(1, [...chunks.entries()], ([at, chunk]) => {
    const index = indexes.get(chunk);
    fields.i64(2, 0); // file_offset: once the place of a copy of the metadata behind the chunk; 0 says there is none
    fields.struct(3, () => writeChunk(fields, file, chunk, at));
    if (index?.offsetIndex === undefined) return;
    fields.i64(4, index.offsetIndex.offset);
    fields.i32(5, index.offsetIndex.size);
    if (index.columnIndex === undefined) return;
    fields.i64(6, index.columnIndex.offset);
    fields.i32(7, index.columnIndex.size);
  });
  fields.i64(
    2,
    sum(chunks, ({ uncompressedSize }) => uncompressedSize),
  );
  fields.i64(3, rows);
  if (file.sorting !== undefined) {
    fields.structs(4, file.sorting, ({ column, descending, nullsFirst }) => {
      fields.i32(1, column);
      fields.bool(2, descending);
      fields.bool(3, nullsFirst);
    });
  }
  fields.i64(5, chunks[0]?.offset ?? 0);
  fields.i64(
    6,
    sum(chunks, ({ compressedSize }) => compressedSize),
  );
  if (ordinal <= maxOrdinal) fields.i16(7, ordinal);
}

/** The ordinal has 16 bits; it is optional. */
const maxOrdinal = 32_767;

function writeChunk(fields: CompactWriter, file: FileMetadata, chunk: PlacedChunk, column: number): void {
  const field = file.schema.fields[column];
  if (field === undefined) return; // a chunk per field
  const { dictionary, pagesByEncoding } = chunk;
  fields.i32(1, physicalType(field.type));
  fields.i32s(2, chunk.encodings);
  fields.texts(3, [field.name]);
  fields.i32(4, compressionCodecs[file.compression]);
  fields.i64(5, chunk.values);
  fields.i64(6, chunk.uncompressedSize);
  fields.i64(7, chunk.compressedSize);
  fields.i64(9, chunk.dataOffset);
  if (dictionary !== undefined) fields.i64(11, chunk.offset);
  if (chunk.hasStatistics) writeStatistics(fields, 12, chunk.nullCount, chunk.bounds);
  const pages = [...pagesByEncoding].map(([encoding, count]) => ({
    type: pageTypes.data as number,
    encoding,
    count,
  }));
  if (dictionary !== undefined) {
    pages.unshift({ type: pageTypes.dictionary, encoding: dictionary.encoding, count: 1 });
  }
  fields.structs(13, pages, ({ type, encoding, count }) => {
    fields.i32(1, type);
    fields.i32(2, encoding);
    fields.i32(3, count);
  });
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
