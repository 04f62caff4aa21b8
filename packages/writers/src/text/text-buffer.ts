// Owns a growing buffer of text bytes that is reused block after block. It never decides when a block is full.

const minus = 45;
const zero = 48;
/** Shorter runs are copied byte by byte: making a view costs about as much as copying this many. */
const viewThreshold = 48;

/** Bytes of text, written at the end. Callers of `byte` and of `bytes` itself must have called `reserve`. */
export class TextBuffer {
  bytes: Uint8Array;
  length = 0;

  /** @param capacity initial size in bytes; it grows as rows need it and is kept afterwards */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** One byte, for which room was reserved. */
  byte(value: number): void {
    this.bytes[this.length++] = value;
  }

  /** Text of ASCII characters only. */
  ascii(text: string): void {
    this.reserve(text.length);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  /** Copies `source[from..to)`. */
  copy(source: Uint8Array, from: number, to: number): void {
    this.reserve(to - from);
    if (to - from > viewThreshold) {
      this.bytes.set(source.subarray(from, to), this.length);
      this.length += to - from;
      return;
    }
    const { bytes } = this;
    let at = this.length;
    for (let i = from; i < to; i++) bytes[at++] = source[i] as number; // in range: to <= source.length
    this.length = at;
  }

  /** A safe integer in decimal; -0 is written as 0. */
  integer(value: number): void {
    this.reserve(20);
    let rest = value;
    if (rest < 0) {
      this.byte(minus);
      rest = -rest;
    }
    if (rest < 1e9) {
      this.#digits(rest, 1);
      return;
    }
    const high = Math.floor(rest / 1e8);
    this.#digits(high, 1);
    this.#digits(rest - high * 1e8, 8);
  }

  /** A non-negative integer below 1e9, padded with zeros to at least `width` digits. */
  padded(value: number, width: number): void {
    this.reserve(Math.max(width, 10));
    this.#digits(value, width);
  }

  /** Forgets the content and keeps the memory. */
  clear(): void {
    this.length = 0;
  }

  #digits(value: number, width: number): void {
    let count = width;
    for (let power = 10 ** width; power <= value; power *= 10) count++;
    const { bytes } = this;
    let rest = value;
    for (let at = this.length + count - 1; at >= this.length; at--) {
      const quotient = (rest / 10) | 0;
      bytes[at] = zero + rest - quotient * 10;
      rest = quotient;
    }
    this.length += count;
  }
}
