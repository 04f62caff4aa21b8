// Owns the way from a file to text: opens, unpacks, and decodes UTF-8 across the borders of its chunks. It knows no lines.
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { contentError, fileError } from '../file-error.js';
import { unzstd } from './unzstd.js';

const chunkBytes = 256 * 1_024;

export interface TextFileOptions {
  /** Whether the file is gzipped. Default: whether its name ends with `.gz`; `.br` is Brotli and `.zst` Zstandard. */
  readonly gzip?: boolean;
}

/**
 * The text of a file in pieces, without its byte order mark. The file is closed when the iteration ends in any way.
 * Throws SOURCE_FAILED for files that are missing, damaged, or not UTF-8.
 */
export async function* readText(
  path: string,
  options: TextFileOptions,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const packing = packingOf(path, options);
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
    for await (const bytes of await openBytes(path, packing, signal)) {
      const text = decode(bytes, before);
      before += bytes.byteLength;
      if (text.length > 0) yield text;
      // An abort may come too late for the stream, when all was read already.
      signal.throwIfAborted();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw fileError(path, reading[packing], error);
  }
  const last = decode(undefined, before);
  if (last.length > 0) yield last;
}

type Packing = 'none' | 'gzip' | 'brotli' | 'zstd';

const reading: Readonly<Record<Packing, string>> = {
  none: 'read file',
  gzip: 'read gzipped file',
  brotli: 'read file compressed with Brotli',
  zstd: 'read file compressed with Zstandard',
};

function packingOf(path: string, { gzip }: TextFileOptions): Packing {
  if (gzip !== undefined) return gzip ? 'gzip' : 'none';
  const [, ending] = /\.(gz|br|zst)$/i.exec(path) ?? [];
  if (ending === undefined) return 'none';
  const packings: Readonly<Record<string, Packing>> = { gz: 'gzip', br: 'brotli', zst: 'zstd' };
  return packings[ending.toLowerCase()] ?? 'none';
}

async function openBytes(
  path: string,
  packing: Packing,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const handle = await open(path, 'r');
  const file = handle.createReadStream({ highWaterMark: chunkBytes, signal });
  if (packing === 'none') return file;
  if (packing === 'zstd') return unzstd(file);
  const unpacked =
    packing === 'gzip'
      ? createGunzip({ chunkSize: chunkBytes })
      : createBrotliDecompress({ chunkSize: chunkBytes });
  // pipeline destroys both when either fails or is destroyed; an error reaches the reader through `unpacked`.
  pipeline(file, unpacked, () => undefined);
  return unpacked;
}
