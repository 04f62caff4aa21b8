// Owns the reading of so many bytes as are asked for from a file that comes in chunks. What a damaged file says of lengths makes it
// hold no more than there is.

export interface ByteReader {
  /** Bytes that were taken. */
  readonly position: number;
  /** The next `length` bytes, or fewer where the file ends. They are a copy, unless they lie in one chunk. */
  take(length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function byteReader(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): ByteReader {
  const iterator =
    Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let position = 0;
  return {
    get position() {
      return position;
    },
    async take(length) {
      const pieces: Uint8Array[] = [];
      let missing = length;
      while (missing > 0) {
        if (rest.length === 0) {
          const { done, value } = await iterator.next();
          if (done === true) break;
          rest = value;
          continue;
        }
        const piece = rest.subarray(0, missing);
        rest = rest.subarray(piece.length);
        missing -= piece.length;
        pieces.push(piece);
      }
      position += length - missing;
      const [first] = pieces;
      return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
    },
    async close() {
      await iterator.return?.();
    },
  };
}
