// Owns the compression of pages: one codec per file, working in the thread that encodes.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { OwnCompression } from '../compression.js';
import { ByteBuffer } from './byte-buffer.js';
import { appendSnappy, appendStoredHead } from './snappy.js';
import { zstdCompressor } from './zstd.js';

/** Not safe to use from within itself, as its scratch is used again; everything is synchronous. */
export interface Codec {
  /**
   * Appends the compressed page to `out` and returns false; or, where compressing does not pay, appends what must stand
   * before the page as it is and returns true: then the page itself must follow.
   */
  compress(page: Uint8Array, out: ByteBuffer): boolean;
  /** False where pages stay as they are. */
  readonly isCompression: boolean;
}

/**
 * Loads what the compression needs; only zstd needs more than an older Node has.
 * @param level of gzip, brotli or zstd; each has its usual one
 */
export async function codecFor(compression: OwnCompression, level?: number): Promise<Codec> {
  switch (compression) {
    case 'none':
      return { compress: () => true, isCompression: false };
    case 'snappy':
      return { compress: compressSnappy, isCompression: true };
    case 'gzip':
      return appending((page) => gzipSync(page, { level: level ?? 6 }));
    case 'brotli':
      return appending((page) =>
        brotliCompressSync(page, {
          params: {
            [constants.BROTLI_PARAM_QUALITY]: level ?? 1,
            [constants.BROTLI_PARAM_SIZE_HINT]: page.length,
          },
        }),
      );
    case 'zstd':
      return { compress: await zstdCompressor(undefined, level), isCompression: true };
  }
}

function appending(compress: (page: Uint8Array) => Uint8Array): Codec {
  return {
    compress(page, out) {
      out.appendBytes(compress(page));
      return false;
    },
    isCompression: true,
  };
}

/** Bytes from the middle of a page by which it is judged. */
const probeBytes = 16_384;
/** A page whose probe does not shrink below this share is stored: reading it is free then, and so is writing. */
const storedShare = 0.8;
/** A page that was compressed whole is stored all the same when nearly nothing was gained. */
const gainlessShare = 0.95;
const probe = new ByteBuffer(probeBytes * 2);

function compressSnappy(page: Uint8Array, out: ByteBuffer): boolean {
  const start = out.length;
  if (page.length <= 2 * probeBytes || shrinks(page)) {
    appendSnappy(out, page);
    if (out.length - start <= page.length * gainlessShare) return false;
    out.length = start;
  }
  appendStoredHead(out, page.length);
  return true;
}

function shrinks(page: Uint8Array): boolean {
  probe.clear();
  const start = (page.length - probeBytes) >> 1;
  appendSnappy(probe, page.subarray(start, start + probeBytes));
  return probe.length <= probeBytes * storedShare;
}
