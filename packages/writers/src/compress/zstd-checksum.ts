// Owns the checksum at the end of frames of Zstandard, which compressors of whole pieces leave out. With it a reader sees
// bytes that have changed on their way; without it most of such changes pass for data.
// Source: RFC 8878, section 3.1.1 (the frame) and 3.1.1.1.1 (its first byte behind the magic number).
import xxhash, { type XXHashAPI } from 'xxhash-wasm';
import type { ZstdCompressor } from '../parquet/encode/zstd.js';

const flagsAt = 4;
const checksumFlag = 0b100;
/** The hash keeps in its memory what it is given at once. */
const pieceBytes = 64 * 1024;

let loading: Promise<XXHashAPI> | undefined;

/**
 * The compressor, with the checksum of the content behind each of its frames: the lower half of its XXH64.
 * @param compress makes one frame, without checksum, of each piece
 */
export async function zstdWithChecksum(compress: ZstdCompressor): Promise<ZstdCompressor> {
  const { create64 } = await hashes();
  return (content, out) => {
    const start = out.length;
    compress(content, out);
    const flags = out.bytes[start + flagsAt];
    if (flags === undefined || (flags & checksumFlag) !== 0)
      throw new RangeError('a frame of Zstandard is too short, or has a checksum');
    out.bytes[start + flagsAt] = flags | checksumFlag;
    const hash = create64();
    for (let from = 0; from < content.length; from += pieceBytes)
      hash.update(content.subarray(from, from + pieceBytes));
    out.appendUint32(Number(hash.digest() & 0xffff_ffffn));
    return false;
  };
}

/** Loading that failed is tried again for the next file. */
function hashes(): Promise<XXHashAPI> {
  loading ??= xxhash().catch((cause: unknown) => {
    loading = undefined;
    throw cause;
  });
  return loading;
}
