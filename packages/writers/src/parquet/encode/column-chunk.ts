// Owns one column of the row group that is open: how its values are encoded, and its pages until they are written.
import type { ColumnData, DataType, Field } from '@tailrace/core/sink';
import type { Arena } from './arena.js';
import { boolCoder } from './bool-coder.js';
import { ByteBuffer } from './byte-buffer.js';
import type { Codec } from './codec.js';
import { type Coder, hasNulls, type PlainForm } from './coder.js';
import { entryCoder } from './entry-coder.js';
import { fixedCoder } from './fixed-coder.js';
import { encodings } from './format-numbers.js';
import { appendDataPageHeader, appendDataPageV2Header, appendDictionaryPageHeader } from './page.js';
import { columnIndex, type IndexedPage, offsetIndex } from './page-index.js';
import { maxScratchBytes } from './page-scratch.js';
import { appendBareLevels, appendDefinitionLevels } from './run-length.js';
import { type Bounds, mergeBounds, type Order, orderOf } from './statistics.js';
import { storageOf } from './storage.js';
import { stringCoder } from './string-coder.js';
import { wordCoder } from './word-coder.js';

/** A column chunk that is ready to be written, and what the footer says of it. */
export interface ColumnChunk {
  /** Its bytes in order; views that are valid until the arena is cleared. */
  readonly pieces: readonly Uint8Array[];
  /** Rows, nulls included. */
  readonly values: number;
  readonly nullCount: number;
  readonly bounds: Bounds | undefined;
  /** False where the footer is to say nothing of nulls and bounds. */
  readonly hasStatistics: boolean;
  readonly encodings: readonly number[];
  /** Data pages by encoding. */
  readonly pagesByEncoding: ReadonlyMap<number, number>;
  /** Encoding of the dictionary page, and its bytes with its header; undefined without one. */
  readonly dictionary: { readonly encoding: number; readonly size: number } | undefined;
  /** Bytes with all headers, before and after compression. */
  readonly uncompressedSize: number;
  readonly compressedSize: number;
  readonly columnIndex: Uint8Array | undefined;
  /**
   * Undefined where no page index is wanted.
   * @param offset of the first data page in the file
   */
  offsetIndex(offset: number): Uint8Array | undefined;
}

export interface ChunkEncoding {
  /** Codes of a dictionary, for as long as it does not grow too large. */
  readonly isCoded: boolean;
  /** Without a dictionary. */
  readonly form: PlainForm;
}

/** Used again for every row group of a file. */
export interface ColumnWriter {
  /** Says how the pages of the chunk that begins are made. */
  choose(encoding: ChunkEncoding): void;
  /** Encodes rows of a batch. Where that is shorter, what waits are views on the batch: see `settle`. */
  add(column: ColumnData, from: number, rows: number): void;
  /** Copies what still lies on memory of the batch. */
  settle(): void;
  /** Bytes that wait, the dictionary included as it is. */
  readonly bytes: number;
  /** Ends the chunk and begins the next. */
  end(): ColumnChunk;
}

export interface ColumnWriterInit {
  readonly field: Field;
  readonly codec: Codec;
  readonly arena: Arena;
  /** Encoding of pages of codes: the name that old readers know, or today's. */
  readonly codesEncoding: number;
  /** What the file was asked to have that is not usual. */
  readonly pages?: PageChoices;
}

/** Of one column: everything has a usual form. */
export interface PageChoices {
  /** Version of data pages; 1 unless said otherwise. */
  readonly version?: 1 | 2;
  /** False: neither nulls nor bounds are told of. */
  readonly statistics?: boolean;
  /** False: no offsets and no bounds of single pages. */
  readonly pageIndex?: boolean;
}

/** Scratch of the thread: the parts of the page that is being made. */
const body = new ByteBuffer(64 * 1024);
const compressed = new ByteBuffer(64 * 1024);
const header = new ByteBuffer(64);

export function columnWriter(init: ColumnWriterInit): ColumnWriter {
  const { field, codec, arena, codesEncoding } = init;
  const { version = 1, statistics = true, pageIndex = true } = init.pages ?? {};
  const coder = coderOf(field.type);
  const order: Order = orderOf(field.type);
  let form: PlainForm = 'plain';
  let isCoded = false;
  let pages: IndexedPage[] = [];
  let pieces: Uint8Array[] = [];
  /** Which pieces are views on the batch. */
  let loose: number[] = [];
  let pagesByEncoding = new Map<number, number>();
  let uncompressedSize = 0;
  let compressedSize = 0;

  /**
   * Puts a page behind those before; `page` is in scratch unless it is `isLoose`. Returns its size with its header.
   * @param bare bytes at its beginning that are not compressed
   */
  const put = (
    page: Uint8Array,
    isLoose: boolean,
    into: Uint8Array[],
    appendHeader: (sizes: { readonly uncompressedSize: number; readonly compressedSize: number }) => void,
    bare = 0,
  ): number => {
    compressed.clear();
    header.clear();
    const packed = bare === 0 ? page : page.subarray(bare);
    // Beside bare levels no values at all are no bytes at all: what codecs make of nothing confuses readers.
    const isStored = (version === 2 && packed.length === 0) || codec.compress(packed, compressed);
    const size = bare + compressed.length + (isStored ? packed.length : 0);
    appendHeader({ uncompressedSize: page.length, compressedSize: size });
    arena.copy(header.written(), into);
    if (bare > 0) arena.copy(page.subarray(0, bare), into);
    arena.copy(compressed.written(), into);
    if (isStored && isLoose) loose.push(into.push(packed) - 1);
    else if (isStored) arena.copy(packed, into);
    uncompressedSize += header.length + page.length;
    compressedSize += header.length + size;
    compressed.trim(maxScratchBytes);
    return header.length + size;
  };

  /** Returns false, and has done nothing, when the dictionary is found too large: from then on there are no codes. */
  const addPage = (column: ColumnData, from: number, rows: number): boolean => {
    const count = coder.take(column, from, rows);
    body.clear();
    if (field.nullable) {
      const validity = hasNulls(column) ? column.validity : null;
      if (version === 1) appendDefinitionLevels(body, validity, from, rows);
      else appendBareLevels(body, validity, from, rows);
    }
    const levelBytes = body.length;
    // A page of nulls alone needs no values, hence no codes, and may come before there is a dictionary.
    const coded = isCoded && count > 0;
    if (coded && !coder.appendCodes(body)) {
      isCoded = false;
      return false;
    }
    const encoding = coded ? codesEncoding : coder.encodingOf(form);
    const view = coded || body.length > 0 ? undefined : form === 'plain' ? coder.view() : undefined;
    if (!coded && view === undefined) coder.appendValues(body, form);
    const bounds = statistics && count > 0 ? coder.bounds() : undefined;
    const page = view ?? body.written();
    const isLoose = view !== undefined && view.buffer === column.values.buffer;
    const size =
      version === 1
        ? put(page, isLoose, pieces, (sizes) =>
            appendDataPageHeader(header, { ...sizes, values: rows, encoding }),
          )
        : put(
            page,
            isLoose,
            pieces,
            (sizes) =>
              appendDataPageV2Header(header, {
                ...sizes,
                values: rows,
                encoding,
                nullCount: rows - count,
                levelBytes,
                isCompressed: codec.isCompression && page.length > levelBytes,
              }),
            levelBytes,
          );
    body.trim(maxScratchBytes);
    coder.release();
    pages.push({ rows, nullCount: rows - count, bounds, size });
    pagesByEncoding.set(encoding, (pagesByEncoding.get(encoding) ?? 0) + 1);
    return true;
  };

  return {
    choose(encoding) {
      ({ isCoded, form } = encoding);
    },
    add(column, from, rows) {
      for (let done = 0; done < rows; ) {
        const size = coder.pageRows(column, from + done, rows - done, isCoded);
        if (addPage(column, from + done, size)) done += size;
      }
    },
    settle() {
      if (loose.length === 0) return;
      const settled: Uint8Array[] = [];
      let next = 0;
      for (const [at, piece] of pieces.entries()) {
        if (at === loose[next]) {
          next += 1;
          arena.copy(piece, settled);
        } else {
          settled.push(piece);
        }
      }
      pieces = settled;
      loose = [];
    },
    get bytes() {
      return compressedSize + coder.dictionary.bytes;
    },
    end() {
      const first: Uint8Array[] = [];
      const { size: entries } = coder.dictionary;
      const dictionaryEncoding =
        codesEncoding === encodings.plainDictionary ? codesEncoding : encodings.plain;
      const dictionary =
        entries === 0
          ? undefined
          : {
              encoding: dictionaryEncoding,
              size: put(coder.dictionary.plain(), false, first, (sizes) =>
                appendDictionaryPageHeader(header, {
                  ...sizes,
                  values: entries,
                  encoding: dictionaryEncoding,
                }),
              ),
            };
      const ended = pages;
      const chunk: ColumnChunk = {
        pieces: [...first, ...pieces],
        values: ended.reduce((sum, page) => sum + page.rows, 0),
        nullCount: ended.reduce((sum, page) => sum + page.nullCount, 0),
        bounds: boundsOfAll(ended, field.type, order),
        hasStatistics: statistics,
        encodings: [
          ...new Set([
            ...(dictionary === undefined ? [] : [dictionary.encoding]),
            ...(field.nullable ? [encodings.rle] : []),
            ...pagesByEncoding.keys(),
          ]),
        ],
        pagesByEncoding,
        dictionary,
        uncompressedSize,
        compressedSize,
        columnIndex: pageIndex && statistics ? columnIndex(ended, order) : undefined,
        offsetIndex: (offset) => (pageIndex ? offsetIndex(ended, offset) : undefined),
      };
      coder.dictionary.clear();
      pages = [];
      pieces = [];
      loose = [];
      pagesByEncoding = new Map();
      uncompressedSize = 0;
      compressedSize = 0;
      return chunk;
    },
  };
}

/** Undefined where no bounds hold for all values. NaN counts for nothing, a string that bounds cannot pass does. */
function boundsOfAll(pages: readonly IndexedPage[], type: DataType, order: Order): Bounds | undefined {
  let all: Bounds | undefined;
  for (const { bounds, rows, nullCount } of pages) {
    if (bounds !== undefined) all = all === undefined ? bounds : mergeBounds(all, bounds, order);
    else if (nullCount < rows && type.kind !== 'float64' && type.kind !== 'float32') return undefined;
  }
  return all;
}

function coderOf(type: DataType): Coder {
  const storage = storageOf(type);
  switch (storage.form) {
    case 'bits':
      return boolCoder();
    case 'words':
      return wordCoder(storage.width, storage.order);
    case 'strings':
      return stringCoder();
    case 'entries':
      return entryCoder();
    case 'fixed':
      return fixedCoder(storage.bytes);
  }
}
