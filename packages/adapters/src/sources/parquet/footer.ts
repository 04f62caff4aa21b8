// Owns the footer of a Parquet file: where the row groups and column chunks lie, and small images of the file that hold
// just some of them. It decodes no data.
//
// Why images: parquet-wasm 0.8 reads ranges of a file only through its asynchronous interface, which panics out of
// reach of any handler on a read error or a damaged page and so ends the process. Its synchronous interface reports
// errors properly but wants a whole file in memory; an image of a few column chunks is a whole file.
// Metadata: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
import { keyValuesWith, withoutArrowSchema } from './arrow-note.js';
import { type ChunkStatistics, isUnsigned, readStatistics } from './footer-statistics.js';
import {
  concat,
  encodeInteger,
  encodeStruct,
  encodeStructList,
  readInteger,
  readList,
  readStruct,
  readText,
  type ThriftField,
  type ThriftPart,
  type ThriftRange,
  thriftType,
} from './thrift.js';

/** Where the pages of a column chunk lie in the file, and what is noted of its values. */
export interface ColumnChunk {
  readonly offset: number;
  /** Compressed. */
  readonly bytes: number;
  /** The physical type: a `Type` of parquet.thrift. */
  readonly physical: number;
  /** Values, nulls included. */
  readonly values: number;
  readonly statistics: ChunkStatistics | undefined;
}

/** A column of the table. Nested ones consist of several leaf columns, or of one that repeats. */
export interface RootColumn {
  readonly name: string;
  /** Numbers of its leaf columns, and so of its chunks in every row group. */
  readonly leaves: readonly number[];
  /** That of a flat column; undefined for nested ones. */
  readonly leaf: number | undefined;
  /** How it is described: itself, then what is in it, depth first. */
  readonly elements: readonly ThriftRange[];
  /** Whether its numbers are ordered as unsigned ones. */
  readonly isUnsigned: boolean;
}

export interface RowGroup {
  readonly rows: number;
  /** By leaf column. */
  readonly chunks: readonly ColumnChunk[];
}

/** A column to be put into an image. */
export interface ImagePart {
  readonly column: RootColumn;
  /** Of each leaf, as many bytes as its chunk has. */
  readonly chunks: readonly Uint8Array[];
}

export interface ParquetFooter {
  readonly rows: number;
  /** Whether bounds are in the order that their types define; without that they mean nothing. */
  readonly isOrdered: boolean;
  readonly columns: readonly RootColumn[];
  readonly rowGroups: readonly RowGroup[];
  /** A file without row groups, for reading the schema. `plain` leaves out the schema that Arrow writers add. */
  schemaImage(plain: boolean): Uint8Array;
  /**
   * A file of one row group that has just these columns.
   * @param arrowSchema what its writer is to have noted of them, as Arrow writers do: a message of Arrow IPC
   */
  image(rowGroup: number, parts: readonly ImagePart[], arrowSchema?: Uint8Array): Uint8Array;
}

/** Field ids of parquet.thrift. */
const fileMeta = { schema: 2, rows: 3, rowGroups: 4, keyValues: 5, columnOrders: 7 } as const;
const elementMeta = { repetition: 3, name: 4, children: 5 } as const;
const groupMeta = { columns: 1, rows: 3 } as const;
const chunkMeta = { filePath: 1, fileOffset: 2, metaData: 3, crypto: 8 } as const;
const columnMeta = {
  type: 1,
  values: 5,
  compressedBytes: 7,
  dataPage: 9,
  dictionaryPage: 11,
  statistics: 12,
} as const;
/** What an image keeps of each struct: the rest points at places that are not in it, or counts columns that are not. */
const kept = {
  // Version, schema, rows, row groups, writer.
  file: new Set<number>([1, 2, 3, 4, 6]),
  // Columns, bytes, rows.
  group: new Set<number>([1, 2, 3]),
  // Up to the compressed size, the page offsets, and the statistics.
  column: new Set<number>([1, 2, 3, 4, 5, 6, 7, 9, 11, 12]),
};
const repeated = 2;

const magic = Buffer.from('PAR1');

/** Bytes of the length and the magic that end a file. */
export const trailerBytes = 8;

/**
 * @param bytes the footer without its trailer
 * @throws RangeError saying what is wrong with the bytes
 */
export function parseFooter(bytes: Uint8Array): ParquetFooter {
  const file = readStruct(bytes);
  const elements = readList(bytes, required(file, fileMeta.schema));
  const columns = readColumns(bytes, elements);
  const groups = readList(bytes, required(file, fileMeta.rowGroups)).map((range) =>
    readStruct(bytes, range.start),
  );
  const chunkRanges = groups.map((group) => readList(bytes, required(group, groupMeta.columns)));
  return {
    rows: readInteger(bytes, required(file, fileMeta.rows)),
    isOrdered: file.has(fileMeta.columnOrders),
    columns,
    rowGroups: groups.map((group, index) => ({
      rows: readInteger(bytes, required(group, groupMeta.rows)),
      chunks: (chunkRanges[index] ?? []).map((range) => readChunk(bytes, range)),
    })),
    schemaImage(plain) {
      const parts = replaced(bytes, file, {
        [fileMeta.rows]: encodeInteger(0),
        [fileMeta.rowGroups]: encodeStructList([]),
      });
      return fileOf([], encodeStruct(plain ? parts.flatMap(unnoted) : parts));
    },
    image(rowGroup, parts, arrowSchema) {
      const group = groups[rowGroup];
      const ranges = chunkRanges[rowGroup];
      const root = elements[0];
      if (group === undefined || ranges === undefined || root === undefined)
        throw new RangeError('no such row group');
      let at = magic.length;
      const chunks: Uint8Array[] = [];
      const schema = [rootElement(bytes, root, parts.length)];
      for (const { column, chunks: pages } of parts) {
        schema.push(...column.elements.map((range) => copyOf(bytes, range)));
        for (const [index, leaf] of column.leaves.entries()) {
          chunks.push(movedChunk(bytes, nth(ranges, leaf), at));
          at += nth(pages, index).byteLength;
        }
      }
      const groupStruct = encodeStruct(
        replaced(bytes, group, { [groupMeta.columns]: encodeStructList(chunks) }).filter(({ id }) =>
          kept.group.has(id),
        ),
      );
      const fileParts = replaced(bytes, file, {
        [fileMeta.schema]: encodeStructList(schema),
        [fileMeta.rows]: copyOf(bytes, required(group, groupMeta.rows)),
        [fileMeta.rowGroups]: encodeStructList([groupStruct]),
      }).filter(({ id }) => kept.file.has(id));
      if (arrowSchema !== undefined)
        fileParts.push({ id: fileMeta.keyValues, type: thriftType.list, bytes: keyValuesWith(arrowSchema) });
      return fileOf(
        parts.flatMap((part) => part.chunks),
        encodeStruct(fileParts.sort((a, b) => a.id - b.id)),
      );
    },
  };
}

/** The schema is a tree in depth-first order: the children of the root are the columns, what has no children is a leaf. */
function readColumns(bytes: Uint8Array, elements: readonly ThriftRange[]): RootColumn[] {
  const columns: RootColumn[] = [];
  let leaves = 0;
  let at = 0;
  const childrenOf = (element: Map<number, ThriftField>): number => {
    const field = element.get(elementMeta.children);
    return field === undefined ? 0 : readInteger(bytes, field);
  };
  const descend = (): Map<number, ThriftField> => {
    const range = nth(elements, at);
    at += 1;
    const element = readStruct(bytes, range.start);
    const children = childrenOf(element);
    if (children === 0) leaves += 1;
    for (let child = 0; child < children; child += 1) descend();
    return element;
  };
  const root = readStruct(bytes, nth(elements, 0).start);
  at = 1;
  for (let child = childrenOf(root); child > 0; child -= 1) {
    const firstLeaf = leaves;
    const firstElement = at;
    const element = descend();
    const repetition = element.get(elementMeta.repetition);
    const flat =
      childrenOf(element) === 0 && (repetition === undefined || readInteger(bytes, repetition) !== repeated);
    columns.push({
      name: readText(bytes, required(element, elementMeta.name)),
      leaves: Array.from({ length: leaves - firstLeaf }, (_, leaf) => firstLeaf + leaf),
      leaf: flat ? firstLeaf : undefined,
      elements: elements.slice(firstElement, at),
      isUnsigned: isUnsigned(bytes, element),
    });
  }
  return columns;
}

function rootElement(bytes: Uint8Array, root: ThriftRange, children: number): Uint8Array {
  return encodeStruct(
    replaced(bytes, readStruct(bytes, root.start), { [elementMeta.children]: encodeInteger(children) }),
  );
}

function readChunk(bytes: Uint8Array, range: ThriftRange): ColumnChunk {
  const chunk = readStruct(bytes, range.start);
  if (chunk.has(chunkMeta.filePath)) throw new RangeError('its column chunks lie in another file');
  if (chunk.has(chunkMeta.crypto)) throw new RangeError('it is encrypted');
  const column = readStruct(bytes, required(chunk, chunkMeta.metaData).start);
  return {
    offset: pagesStart(bytes, column),
    bytes: readInteger(bytes, required(column, columnMeta.compressedBytes)),
    physical: readInteger(bytes, required(column, columnMeta.type)),
    values: readInteger(bytes, required(column, columnMeta.values)),
    statistics: readStatistics(bytes, column.get(columnMeta.statistics)),
  };
}

/** The dictionary page comes first where there is one; some writers note 0 when there is none. */
function pagesStart(bytes: Uint8Array, column: Map<number, ThriftField>): number {
  const data = readInteger(bytes, required(column, columnMeta.dataPage));
  const field = column.get(columnMeta.dictionaryPage);
  const dictionary = field === undefined ? 0 : readInteger(bytes, field);
  return dictionary > 0 && dictionary < data ? dictionary : data;
}

/** The chunk with its pages moved to `target`. */
function movedChunk(bytes: Uint8Array, range: ThriftRange, target: number): Uint8Array {
  const chunk = readStruct(bytes, range.start);
  const column = readStruct(bytes, required(chunk, chunkMeta.metaData).start);
  const distance = target - pagesStart(bytes, column);
  const moved: Record<number, Uint8Array> = {};
  for (const id of [columnMeta.dataPage, columnMeta.dictionaryPage]) {
    const field = column.get(id);
    const offset = field === undefined ? 0 : readInteger(bytes, field);
    if (offset > 0) moved[id] = encodeInteger(offset + distance);
  }
  // Decoders look for a dictionary at an offset of 0, too.
  const isNoted = (id: number): boolean => id !== columnMeta.dictionaryPage || moved[id] !== undefined;
  const columnStruct = encodeStruct(
    replaced(bytes, column, moved).filter(({ id }) => kept.column.has(id) && isNoted(id)),
  );
  return encodeStruct([
    { id: chunkMeta.fileOffset, type: thriftType.i64, bytes: encodeInteger(0) },
    { id: chunkMeta.metaData, type: thriftType.struct, bytes: columnStruct },
  ]);
}

function unnoted(part: ThriftPart): ThriftPart[] {
  if (part.id !== fileMeta.keyValues) return [part];
  const bytes = withoutArrowSchema(part.bytes);
  return bytes === undefined ? [] : [{ ...part, bytes }];
}

function replaced(
  bytes: Uint8Array,
  fields: Map<number, ThriftField>,
  changes: Readonly<Record<number, Uint8Array>>,
): ThriftPart[] {
  return [...fields.values()]
    .map(({ id, type, start, end }) => ({ id, type, bytes: changes[id] ?? bytes.subarray(start, end) }))
    .sort((a, b) => a.id - b.id);
}

function required(fields: Map<number, ThriftField>, id: number): ThriftField {
  const field = fields.get(id);
  if (field === undefined) throw new RangeError(`field ${id} is missing`);
  return field;
}

function nth<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError('it ends too early');
  return item;
}

function copyOf(bytes: Uint8Array, range: ThriftRange): Uint8Array {
  return bytes.subarray(range.start, range.end);
}

function fileOf(chunks: readonly Uint8Array[], footer: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.byteLength);
  return concat([magic, ...chunks, footer, length, magic]);
}
