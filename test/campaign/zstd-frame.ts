// Owns a frame of Zstandard with the checksum of its content, which holds it as it is (RFC 8878, section 3.1.1).
import xxhash from 'xxhash-wasm';

const mostBlockBytes = 128 * 1024;

export async function zstdFrame(content: Buffer): Promise<Buffer> {
  // One segment whose length takes four bytes, with a checksum.
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0b1010_0100, 0, 0, 0, 0]);
  head.writeUInt32LE(content.length, 5);
  const pieces: Buffer[] = [head];
  for (let from = 0; from === 0 || from < content.length; from += mostBlockBytes) {
    const block = content.subarray(from, from + mostBlockBytes);
    const isLast = from + mostBlockBytes >= content.length;
    const size = Buffer.alloc(3);
    size.writeUIntLE((block.length << 3) | Number(isLast), 0, 3);
    pieces.push(size, block);
  }
  const { h64Raw } = await xxhash();
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(Number(h64Raw(content) & 0xffff_ffffn));
  return Buffer.concat([...pieces, checksum]);
}
