// Owns Brotli on the way to a byte sink.
import { constants, createBrotliCompress } from 'node:zlib';
import type { ByteSink } from '@tailrace/core/sink';
import type { ByteStage } from './byte-stage.js';
import { streamStage } from './stream-stage.js';

/** Bits of the window: 512 KiB of what went before are looked through, and a little more is held. */
const windowBits = { least: 16, most: 19 };

/** @param maxBufferedBytes what the compressor may hold back; below 64 KiB it holds that */
export function brotliStage(out: ByteSink, level: number, maxBufferedBytes: number): ByteStage {
  const bits = Math.floor(Math.log2(Math.max(1, maxBufferedBytes / 4)));
  const compressor = createBrotliCompress({
    chunkSize: 64 * 1024,
    params: {
      [constants.BROTLI_PARAM_QUALITY]: level,
      [constants.BROTLI_PARAM_LGWIN]: Math.min(windowBits.most, Math.max(windowBits.least, bits)),
    },
  });
  return streamStage(out, compressor);
}
