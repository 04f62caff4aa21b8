// Owns the memory that text is written to, seen as bytes and as words at once. Whoever writes keeps the
// place; room is made between rows.

/**
 * Functions that write text take the place to write at and return the place behind it. They may touch up to `overrun` bytes
 * beyond that, so that short pieces are written as whole words.
 */
export interface TextTarget {
  readonly bytes: Uint8Array;
  /** Of the same bytes. Words are little-endian. */
  readonly view: DataView;
}

/** Bytes beyond the end of a text that writing it may touch. */
export const overrun: number = 32;

/** @param capacity in bytes, the overrun included */
export function textTarget(capacity: number): TextTarget {
  const bytes = new Uint8Array(capacity);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Writes text of ASCII characters only. */
export function putAscii(out: TextTarget, at: number, text: string): number {
  const { bytes } = out;
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
  return at + text.length;
}
