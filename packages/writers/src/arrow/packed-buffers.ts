// Owns the compression of the buffers of a message, each by itself. apache-arrow 21 does it too, but notes the compressed
// length where the format wants that of the values, and other readers fail on it.
// Source: BodyCompression of Message.fbs in apache/arrow.
import { BufferRegion } from 'apache-arrow/ipc/metadata/message';
import { ByteBuffer } from '../parquet/encode/byte-buffer.js';
import type { ZstdCompressor } from '../parquet/encode/zstd.js';

/**
 * What the writer of apache-arrow takes: two pieces for each buffer, its length and its bytes, which it
 * pads to eight together.
 */
export interface PackedBuffers {
  readonly byteLength: number;
  readonly bufferRegions: BufferRegion[];
  readonly buffers: ArrayBufferView[];
}

const prefixBytes = 8;

/**
 * Every buffer is compressed, also where that makes it larger. The format lets one stay as it was, but then it begins eight
 * bytes behind its place: nodejs-polars 0.26 ends with a panic on decimals that lie so.
 */
export function packedBuffers(buffers: readonly ArrayBufferView[], compress: ZstdCompressor): PackedBuffers {
  const regions: BufferRegion[] = [];
  const pieces: Uint8Array[] = [];
  let end = 0;
  for (const { buffer, byteOffset, byteLength } of buffers) {
    const plain = new Uint8Array(buffer, byteOffset, byteLength);
    if (plain.length === 0) {
      regions.push(new BufferRegion(end, 0));
      pieces.push(plain, plain);
      continue;
    }
    const out = new ByteBuffer();
    compress(plain, out);
    const content = out.written();
    const length = new DataView(new ArrayBuffer(prefixBytes));
    length.setBigInt64(0, BigInt(plain.length), true);
    regions.push(new BufferRegion(end, prefixBytes + content.length));
    pieces.push(new Uint8Array(length.buffer), content);
    end += Math.ceil((prefixBytes + content.length) / 8) * 8;
  }
  return { byteLength: end, bufferRegions: regions, buffers: pieces };
}
