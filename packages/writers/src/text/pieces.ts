// Owns short runs of bytes that are written again and again: delimiters, keys, null. They are copied by words.

/** Bytes of text that stay the same, padded to whole words. */
export interface Piece {
  readonly length: number;
  readonly words: Int32Array;
}

export function piece(text: Uint8Array): Piece {
  const words = new Int32Array((text.length + 3) >> 2);
  new Uint8Array(words.buffer).set(text);
  return { length: text.length, words };
}

/** Writes a piece; returns where it ends. Touches up to 3 bytes beyond. */
export function putPiece(view: DataView, at: number, { words, length }: Piece): number {
  for (let index = 0; index < words.length; index++) {
    view.setInt32(at + (index << 2), words[index] as number, true); // in range
  }
  return at + length;
}

export function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
