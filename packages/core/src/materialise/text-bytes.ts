// Owns strings being laid down one after the other as UTF-8 bytes, in shared memory that grows. Where each begins and ends
// is its user's business.
import type { Slabs } from '../budget/slabs.js';
import type { Place } from './place.js';
import { Region } from './region.js';

/** Up to here a loop over characters beats a native call. */
export const loopUpTo = 48;
/** Offsets are 32-bit. */
const maxBytes = 2 ** 31 - 1;
const firstBytes = 4096;
/** Matches only a surrogate without its partner, which UTF-8 cannot hold. */
export const loneSurrogate: RegExp = /\p{Surrogate}/u;

export const wellFormed = 'text without lone surrogates (it is not valid Unicode)';
const tooLong = 'text of less than 2 GiB per batch';
const tooManyBytes = 'less than 2 GiB of bytes per batch';

/** What a string should have been, as `expected` of the error. */
export type TextRefusal = typeof wellFormed | typeof tooLong | typeof tooManyBytes;

const noBytes = new Uint8Array(0);

export class TextBytes {
  /** What may be written to; another array after it has grown. */
  values: Uint8Array = noBytes;
  readonly #region: Region;
  #native: Buffer = Buffer.from(noBytes.buffer);
  /** Batches of a stage are alike: the next one starts with the room that the last one needed. */
  #startBytes = firstBytes;

  constructor(slabs: Slabs) {
    this.#region = new Region(slabs);
  }

  get chargedBytes(): number {
    return this.#region.bytes;
  }

  /** Room for a batch, before its first string. */
  open(): void {
    if (this.values.length === 0) this.#reserve(this.#startBytes, 0);
  }

  #reserve(bytes: number, keep: number): void {
    const buffer = this.#region.reserve(bytes, keep);
    this.values = new Uint8Array(buffer);
    this.#native = Buffer.from(buffer);
  }

  #grow(bytes: number, keep: number): void {
    this.#reserve(Math.max(bytes, this.values.length * 2), keep);
  }

  /** Writes a string from byte `start` on; returns the byte after it. On a refusal what lies before `start` is unchanged. */
  write(text: string, start: number): number | TextRefusal {
    const { length } = text;
    let end = start + length;
    if (end > this.values.length && end <= maxBytes) this.#grow(end, start);
    if (length <= loopUpTo && end <= maxBytes) {
      const { values } = this;
      let index = 0;
      for (; index < length; index++) {
        const code = text.charCodeAt(index);
        if (code >= 0x80) break;
        values[start + index] = code;
      }
      if (index === length) return end;
    }
    end = start + Buffer.byteLength(text, 'utf8');
    if (end > maxBytes) return tooLong;
    if (end - start !== length && loneSurrogate.test(text)) return wellFormed;
    if (end > this.values.length) this.#grow(end, start);
    this.#native.write(text, start, 'utf8');
    return end;
  }

  /** Writes bytes from byte `start` on, as `write` does. */
  writeBytes(bytes: Uint8Array, start: number): number | TextRefusal {
    const end = start + bytes.length;
    if (end > maxBytes) return tooManyBytes;
    if (end > this.values.length) this.#grow(end, start);
    this.values.set(bytes, start);
    return end;
  }

  /** The first `bytes`; then there are none. */
  seal(bytes: number, place: Place): Uint8Array {
    const { buffer, byteOffset } = place.text(this.#region, bytes);
    this.#startBytes = Math.max(firstBytes, bytes + (bytes >> 3));
    this.#clear();
    return new Uint8Array(buffer, byteOffset, bytes);
  }

  free(): void {
    this.#region.free();
    this.#clear();
  }

  #clear(): void {
    this.values = noBytes;
    this.#native = Buffer.from(noBytes.buffer);
  }
}
