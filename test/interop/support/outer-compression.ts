// Owns taking files out of what they are compressed with as a whole, by programs that we did not write: Node's zlib, and fzstd.
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { decompressZstd } from 'hyparquet-compressors';

export type OuterCompression = 'none' | 'gzip' | 'zstd' | 'brotli';

export function unpacked(compression: OuterCompression, bytes: Buffer): Buffer {
  switch (compression) {
    case 'none':
      return bytes;
    case 'gzip':
      return gunzipSync(bytes);
    case 'brotli':
      return brotliDecompressSync(bytes);
    case 'zstd':
      return Buffer.from(decompressZstd(bytes));
  }
}
