// Owns the headers that stand before the pages of a column chunk.
import type { ByteBuffer } from './byte-buffer.js';
import { encodings, pageTypes } from './format-numbers.js';
import { appendStruct } from './thrift.js';

export interface PageHeader {
  /** Rows of a data page, nulls included; entries of a dictionary page. */
  readonly values: number;
  readonly encoding: number;
  /** Bytes of what follows the header, before and after compression. */
  readonly uncompressedSize: number;
  readonly compressedSize: number;
}

/** A data page of version 1: levels and values are compressed together. Bounds stand in the page index alone. */
export function appendDataPageHeader(out: ByteBuffer, page: PageHeader): void {
  appendStruct(out, (header) => {
    header.i32(1, pageTypes.data);
    header.i32(2, page.uncompressedSize);
    header.i32(3, page.compressedSize);
    header.struct(5, () => {
      header.i32(1, page.values);
      header.i32(2, page.encoding);
      header.i32(3, encodings.rle); // of the definition levels
      header.i32(4, encodings.rle); // of the repetition levels, which flat columns have none of
    });
  });
}

export interface PageHeaderV2 extends PageHeader {
  readonly nullCount: number;
  /** Bytes of the definition levels, which stand before the values and are never compressed. */
  readonly levelBytes: number;
  readonly isCompressed: boolean;
}

/** A data page of version 2: only the values are compressed. Bounds stand in the page index alone. */
export function appendDataPageV2Header(out: ByteBuffer, page: PageHeaderV2): void {
  appendStruct(out, (header) => {
    header.i32(1, pageTypes.dataV2);
    header.i32(2, page.uncompressedSize);
    header.i32(3, page.compressedSize);
    header.struct(8, () => {
      header.i32(1, page.values);
      header.i32(2, page.nullCount);
      header.i32(3, page.values); // rows: as many as values, as columns are flat
      header.i32(4, page.encoding);
      header.i32(5, page.levelBytes);
      header.i32(6, 0); // bytes of the repetition levels, which flat columns have none of
      header.bool(7, page.isCompressed);
    });
  });
}

export function appendDictionaryPageHeader(out: ByteBuffer, page: PageHeader): void {
  appendStruct(out, (header) => {
    header.i32(1, pageTypes.dictionary);
    header.i32(2, page.uncompressedSize);
    header.i32(3, page.compressedSize);
    header.struct(7, () => {
      header.i32(1, page.values);
      header.i32(2, page.encoding);
    });
  });
}
