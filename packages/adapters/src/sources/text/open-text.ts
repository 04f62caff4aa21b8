// Owns the way from a file to text: opens, decompresses, and decodes UTF-8 across the borders of its chunks. It knows no lines.
import type { StoreOfScheme } from '@tailrace/core';
import { compressionNamed, type FileCompression, openBytes } from '../bytes/open-bytes.js';
import { contentError, fileError } from '../file-error.js';
import type { RemoteFile } from '../remote/remote-file.js';

export interface TextFileOptions {
  /** Whether the file is gzipped. Default: whether its name ends with `.gz`; `.br` is Brotli and `.zst` Zstandard. */
  readonly gzip?: boolean;
  /** Stores for URLs, chosen by their scheme: `[s3({ region: 'eu-west-1' })]`. Default: those of the run. */
  readonly stores?: readonly StoreOfScheme[] | undefined;
}

/**
 * The text of a file in pieces, without its byte order mark. The file is closed when the iteration ends in any way.
 * Throws SOURCE_FAILED for files that are missing, damaged, or not UTF-8.
 * @param remote the file, where it is one of a store
 */
export async function* readText(
  path: string,
  options: TextFileOptions,
  signal: AbortSignal,
  remote?: RemoteFile,
): AsyncGenerator<string> {
  const given = options.gzip === undefined ? undefined : options.gzip ? 'gzip' : 'none';
  const compression = given ?? compressionNamed(path);
  // fatal: a byte that is no UTF-8 would otherwise become U+FFFD, silently.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes: Uint8Array | undefined, before: number): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (error) {
      throw contentError(path, `is not UTF-8 text (within the 256 KiB after byte ${before}).`, {}, error);
    }
  };
  let before = 0;
  try {
    for await (const bytes of await openBytes(path, compression, signal, remote)) {
      const text = decode(bytes, before);
      before += bytes.byteLength;
      if (text.length > 0) yield text;
      // An abort may come too late for the stream, when all was read already.
      signal.throwIfAborted();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw fileError(path, reading[compression], error);
  }
  const last = decode(undefined, before);
  if (last.length > 0) yield last;
}

const reading: Readonly<Record<FileCompression, string>> = {
  none: 'read file',
  gzip: 'read gzipped file',
  brotli: 'read file compressed with Brotli',
  zstd: 'read file compressed with Zstandard',
};
