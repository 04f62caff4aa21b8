// Owns Zstandard on the way to a byte sink: one frame after the other, which readers take for one stream (RFC 8878, section 3).
// So it runs on every Node: those before 22.15 have no zstd, and the WebAssembly that stands in compresses whole pieces.
// Each frame has the checksum of its content.
import type { ByteSink } from '@tailrace/core/sink';
import { ByteBuffer } from '../parquet/encode/byte-buffer.js';
import { type ZstdCompressor, zstdCompressor } from '../parquet/encode/zstd.js';
import type { ByteStage } from './byte-stage.js';
import { zstdWithChecksum } from './zstd-checksum.js';

/** Bytes of a frame before it is compressed, where memory allows. */
const mostFrameBytes = 512 * 1024;
const leastFrameBytes = 16 * 1024;

/** @param maxBufferedBytes what may be held back; a quarter of it waits for its frame */
export function zstdStage(out: ByteSink, level: number, maxBufferedBytes: number): ByteStage {
  const frameBytes = Math.max(leastFrameBytes, Math.min(mostFrameBytes, Math.floor(maxBufferedBytes / 4)));
  const waiting = new ByteBuffer(leastFrameBytes);
  let compress: ZstdCompressor | undefined;
  let frames = 0;
  let written = 0;

  const flush = async (): Promise<void> => {
    compress ??= await zstdWithChecksum(await zstdCompressor(undefined, level));
    const frame = new ByteBuffer(leastFrameBytes);
    compress(waiting.written(), frame);
    waiting.clear();
    frames += 1;
    written += frame.length;
    await out.write(frame.written());
  };

  return {
    async write(bytes) {
      for (let from = 0; from < bytes.length; ) {
        const to = Math.min(bytes.length, from + frameBytes - waiting.length);
        waiting.appendBytes(bytes.subarray(from, to));
        from = to;
        if (waiting.length === frameBytes) await flush();
      }
    },
    async finish() {
      // A file of nothing is a frame of nothing.
      if (waiting.length > 0 || frames === 0) await flush();
    },
    abort: () => waiting.trim(0),
    get encodedBytes() {
      return written;
    },
    get waitingBytes() {
      return waiting.length;
    },
  };
}
