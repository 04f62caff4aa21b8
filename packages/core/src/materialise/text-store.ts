// Owns strings being laid down as UTF-8 bytes with offsets, in shared memory that grows.
import { aligned } from '../batch/pack.js';
import type { Slabs } from '../budget/slabs.js';
import { type Place, Region } from './region.js';

/** Up to here a loop over characters beats a native call. */
const loopUpTo = 48;
/** Offsets are 32-bit. */
const maxBytes = 2 ** 31 - 1;
const firstBytes = 4096;
/** Matches only a surrogate without its partner, which UTF-8 cannot hold. */
export const loneSurrogate: RegExp = /\p{Surrogate}/u;

export const wellFormed = 'text without lone surrogates (it is not valid Unicode)';
const tooLong = 'text of less than 2 GiB per batch';

/** What a string should have been, as `expected` of the error. */
export type TextRefusal = typeof wellFormed | typeof tooLong;

export class TextStore {
  /** Bytes of all strings so far. */
  bytes = 0;
  readonly #offsetRegion: Region;
  readonly #byteRegion: Region;
  #offsets: Int32Array = new Int32Array(1);
  #values: Uint8Array = new Uint8Array(0);
  #native: Buffer = Buffer.from(this.#values.buffer);

  constructor(slabs: Slabs) {
    this.#offsetRegion = new Region(slabs);
    this.#byteRegion = new Region(slabs);
  }

  get chargedBytes(): number {
    return this.#offsetRegion.bytes + this.#byteRegion.bytes;
  }

  /** Strings that there is room for. */
  get capacity(): number {
    return this.#offsets.length - 1;
  }

  /** Room for `count` strings, the first `filled` of which stay. */
  reserve(count: number, filled: number): void {
    const offsets = this.#offsetRegion.reserve((count + 1) * 4, (filled + 1) * 4);
    this.#offsets = new Int32Array(offsets, 0, count + 1);
    if (filled === 0) {
      this.#offsets[0] = 0;
      this.bytes = 0;
    }
    if (this.#values.length === 0) this.#reserveBytes(firstBytes, 0);
  }

  #reserveBytes(bytes: number, keep: number): void {
    const buffer = this.#byteRegion.reserve(bytes, keep);
    this.#values = new Uint8Array(buffer);
    this.#native = Buffer.from(buffer);
  }

  /** Writes string number `at`; on a refusal nothing has changed. */
  write(text: string, at: number): TextRefusal | undefined {
    const start = this.#offsets[at] as number;
    const { length } = text;
    let end = start + length;
    if (end > this.#values.length && end <= maxBytes) this.#reserveBytes(end, start);
    if (length <= loopUpTo && end <= maxBytes) {
      const values = this.#values;
      let index = 0;
      for (; index < length; index++) {
        const code = text.charCodeAt(index);
        if (code >= 0x80) break;
        values[start + index] = code;
      }
      if (index === length) {
        this.#offsets[at + 1] = end;
        this.bytes = end;
        return undefined;
      }
    }
    end = start + Buffer.byteLength(text, 'utf8');
    if (end > maxBytes) return tooLong;
    if (end - start !== length && loneSurrogate.test(text)) return wellFormed;
    if (end > this.#values.length) this.#reserveBytes(end, start);
    this.#native.write(text, start, 'utf8');
    this.#offsets[at + 1] = end;
    this.bytes = end;
    return undefined;
  }

  /** An empty string, for a null. */
  writeEmpty(at: number): void {
    this.#offsets[at + 1] = this.#offsets[at] as number;
  }

  /** Makes string number `at` and all after it unwritten. */
  undo(at: number): void {
    this.bytes = this.#offsets[at] as number;
  }

  sealedBytes(count: number): number {
    return aligned((count + 1) * 4) + aligned(this.bytes);
  }

  /** The first `count` strings; then the store is empty. */
  seal(count: number, place: Place): { readonly offsets: Int32Array; readonly values: Uint8Array } {
    const at = place(this.#offsetRegion, (count + 1) * 4);
    const bytes = place(this.#byteRegion, this.bytes);
    const sealed = {
      offsets: new Int32Array(at.buffer, at.byteOffset, count + 1),
      values: new Uint8Array(bytes.buffer, bytes.byteOffset, this.bytes),
    };
    this.#clear();
    return sealed;
  }

  free(): void {
    this.#offsetRegion.free();
    this.#byteRegion.free();
    this.#clear();
  }

  #clear(): void {
    this.bytes = 0;
    this.#offsets = new Int32Array(1);
    this.#values = new Uint8Array(0);
  }
}
