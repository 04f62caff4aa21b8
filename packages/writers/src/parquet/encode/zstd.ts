// Owns compression with Zstandard: Node's own where it has it (22.15, 23.8 and newer), else the same C code as WebAssembly.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as zlib from 'node:zlib';
import { TailraceError } from '@tailrace/core/sink';
import type { ByteBuffer } from './byte-buffer.js';

/** Of pages, the fastest of the usual levels: higher ones cost more time than they save bytes. */
const pageLevel = 1;

/** Appends the compressed page and returns false, as `Codec.compress` does. */
export type ZstdCompressor = (page: Uint8Array, out: ByteBuffer) => boolean;

/** What Node has from 22.15 and 23.8 on, beyond the oldest Node's type declarations. */
interface NativeZstd {
  readonly zstdCompressSync?: (
    page: Uint8Array,
    options: { readonly params: Readonly<Record<number, number>> },
  ) => Uint8Array;
}

/** ZSTD_c_compressionLevel of zstd.h. */
const compressionLevelParameter = 100;

/**
 * @param native Node's zlib, or something in its place
 * @param level from 1 (fast) to 22 (small)
 */
export async function zstdCompressor(native: object = zlib, level = pageLevel): Promise<ZstdCompressor> {
  // Node's documentation declares it so; where it is missing, it is undefined.
  const compress = (native as NativeZstd).zstdCompressSync;
  if (compress === undefined) return await wasmCompressor(level);
  const options = { params: { [compressionLevelParameter]: level } };
  return (page, out) => {
    out.appendBytes(compress(page, options));
    return false;
  };
}

/** What is used of @bokuweb/zstd-wasm's inner module: functions of zstd.h, and the heap that they work on. */
export interface ZstdModule {
  readonly _malloc: (size: number) => number;
  readonly _free: (address: number) => void;
  readonly _ZSTD_isError: (code: number) => number;
  readonly _ZSTD_compressBound: (size: number) => number;
  readonly _ZSTD_createCCtx: () => number;
  readonly _ZSTD_compress_usingDict: (
    context: number,
    to: number,
    room: number,
    from: number,
    size: number,
    dictionary: number,
    dictionarySize: number,
    level: number,
  ) => number;
  readonly HEAPU8: Uint8Array;
}

let loaded: Promise<(level: number) => ZstdCompressor> | undefined;

/** One instance per thread, and its memory with it. Loading that failed is tried again for the next file. */
async function wasmCompressor(level: number): Promise<ZstdCompressor> {
  loaded ??= loadWasm().catch((cause: unknown) => {
    loaded = undefined;
    throw cause;
  });
  return (await loaded)(level);
}

async function loadWasm(): Promise<(level: number) => ZstdCompressor> {
  const { init } = await import('@bokuweb/zstd-wasm');
  await init();
  // The package's own `compress` allocates, and makes a context of a megabyte, for every call. Its inner module lies beside
  // its entry in version 0.0.27, which package.json pins, and has what is declared above.
  const require = createRequire(import.meta.url);
  const inner = join(dirname(require.resolve('@bokuweb/zstd-wasm')), 'module.js');
  const { Module: zstd } = require(inner) as { readonly Module: ZstdModule };
  return compressorOf(zstd);
}

/** Compressors of any level. Their memory grows with the largest page and stays, as WebAssembly gives none back. */
export function compressorOf(zstd: ZstdModule): (level: number) => ZstdCompressor {
  let context = 0;
  /** Bytes of a page that the memory at `input` and `output` suffices for; both are 0 where there is none. */
  let room = 0;
  let input = 0;
  let output = 0;
  const free = (): void => {
    zstd._free(input);
    zstd._free(output);
    input = 0;
    output = 0;
    room = 0;
  };
  const reserve = (pageBytes: number): void => {
    free();
    const wanted = Math.max(pageBytes, 65_536);
    if (context === 0) context = zstd._ZSTD_createCCtx();
    input = zstd._malloc(wanted);
    output = zstd._malloc(zstd._ZSTD_compressBound(wanted));
    if (context === 0 || input === 0 || output === 0) {
      // A smaller page may find room all the same.
      free();
      throw failure('has no memory left', pageBytes);
    }
    room = wanted;
  };
  return (level) => (page, out) => {
    if (input === 0 || page.length > room) reserve(page.length);
    const bound = zstd._ZSTD_compressBound(page.length);
    // HEAPU8 is another object after the memory has grown.
    zstd.HEAPU8.set(page, input);
    const size = zstd._ZSTD_compress_usingDict(context, output, bound, input, page.length, 0, 0, level);
    if (zstd._ZSTD_isError(size) !== 0) throw failure(`failed with code ${size}`, page.length);
    out.appendBytes(zstd.HEAPU8.subarray(output, output + size));
    return false;
  };
}

function failure(what: string, pageBytes: number): TailraceError {
  return new TailraceError(
    `zstd ${what} on a page of ${pageBytes} bytes. Use another compression, or Node 22.15, 23.8 or newer, ` +
      'which brings its own zstd.',
    { code: 'SINK_FAILED', operation: 'compress page', context: { pageBytes } },
  );
}
