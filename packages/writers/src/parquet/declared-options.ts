// Owns the options of Parquet as declarations have them, and what they mean.
import type { ParquetColumnOptions } from './column-options.js';
import type { ParquetCompression } from './compression.js';
import type { ParquetEngine } from './engine.js';
import type { ParquetSorting } from './sort-guard.js';

/** Encodings that may be used. */
export type ParquetEncodings = 'adaptive' | 'basic';

/** How `parquet` writes. */
export interface ParquetOptions {
  /**
   * Codec of the pages. Default `snappy`: fast and read everywhere. `zstd` is smaller and takes up to twice the time.
   */
  readonly compression?: ParquetCompression | undefined;
  /** gzip 1 to 9 (6 if left out), brotli 0 to 11 (1), zstd 1 to 22 (1); other codecs have no levels. */
  readonly compressionLevel?: number | undefined;
  /**
   * `adaptive`: chosen by a sample of each column: a dictionary where values repeat, differences for integers where they
   * gain a tenth (DELTA_BINARY_PACKED), lengths and bytes for other strings (DELTA_LENGTH_BYTE_ARRAY). `basic`: values as
   * they are and dictionaries alone, for readers from before 2014. Default `adaptive`.
   */
  readonly encodings?: ParquetEncodings | undefined;
  /**
   * What encodes. Default: `tailrace`, the encoder of this package, or `parquet-wasm` for what only that can do: other options
   * and the types of the columns decide, and the manifest names it. What each can do is in docs/guides/parquet.md; what an
   * engine that is named cannot do is refused when it is declared.
   */
  readonly engine?: ParquetEngine | undefined;
  /**
   * Rows in a row group, the unit that readers skip and that memory is held for. Fewer where rows are wide: a group
   * also ends with the batch that fills three quarters of what one file may hold back (see `reserveBytes`: by default 8 MiB,
   * with `partitionBy` 384 KiB), or `rowGroupBytes`. Default 131,072.
   */
  readonly rowGroupRows?: number | undefined;
  /** Encoded bytes that end a row group with the batch that reaches them. Default 32 MiB. */
  readonly rowGroupBytes?: number | undefined;
  /** Choices for single columns, by name: `{ trace_id: { dictionary: false, statistics: false, fieldId: 7 } }`. */
  readonly columns?: Readonly<Record<string, ParquetColumnOptions>> | undefined;
  /** Counts of nulls, smallest and largest values in the footer, by which readers skip row groups. Default true. */
  readonly statistics?: boolean | undefined;
  /** The same for single pages. Default true where there are statistics. */
  readonly pageIndex?: boolean | undefined;
  /**
   * The order that the rows of the output have, told to readers; it sorts nothing. Rows are looked at as they are
   * written, and one out of order fails the write, as a reader would lose rows by the mistake. Default: no order is told.
   */
  readonly sortedBy?: readonly ParquetSorting[] | undefined;
  /** Texts by key for the footer. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Version of data pages. 2 leaves nulls uncompressed; some readers do not know it. Default 1. */
  readonly pageVersion?: 1 | 2 | undefined;
  /** Who wrote the file, in the form `application version 1.2.3`: readers work around mistakes of writers by it. */
  readonly createdBy?: string | undefined;
}
