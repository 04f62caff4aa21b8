// Owns what contenders of `columns` and `text` are given: a size, and a file to write in some form.

export interface TableOptions {
  /** Rows of the synthetic table, which each contender holds in its own columns before the clock starts. */
  readonly rows: number;
  /** An empty folder of the contender's own, for what it needs to prepare. */
  readonly folder: string;
  /** Engine of Tailrace's Parquet; undefined for the default. */
  readonly engine?: 'tailrace' | 'parquet-wasm';
  /** Version of the Parquet format for DuckDB; undefined for its default, which is the first. */
  readonly parquetVersion?: 'V2';
}

export type TableForm =
  | { readonly kind: 'parquet'; readonly compression: 'snappy' | 'zstd' }
  | { readonly kind: 'csv' | 'ndjson'; readonly gzip: boolean };

export interface TableRound {
  /** A file that is not there yet. */
  readonly path: string;
  readonly form: TableForm;
}
