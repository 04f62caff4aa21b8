// Owns the names of Parquet's codecs, and their levels.
export const codecs = ['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4_raw'] as const;

/** Codecs of the Parquet format; `lz4_raw` is its current LZ4. */
export type ParquetCompression = (typeof codecs)[number];

/** Compressions that the encoder of this package has. */
export type OwnCompression = Exclude<ParquetCompression, 'lz4_raw'>;

export function isOwn(compression: ParquetCompression): compression is OwnCompression {
  return compression !== 'lz4_raw';
}

/** Lowest and highest level; undefined for codecs that have none. */
export const levels: Readonly<
  Record<ParquetCompression, readonly [lowest: number, highest: number] | undefined>
> = {
  none: undefined,
  snappy: undefined,
  gzip: [1, 9],
  brotli: [0, 11],
  zstd: [1, 22],
  lz4_raw: undefined,
};
