// Owns the strings of one dictionary while they are added: their bytes and their offsets, in shared memory that grows.
import type { DictionaryData } from '../batch/batch.js';
import { aligned } from '../batch/pack.js';
import type { Slabs } from '../budget/slabs.js';
import type { Place } from './place.js';
import { Region } from './region.js';
import { TextBytes, type TextRefusal } from './text-bytes.js';

const firstEntries = 256;
const noOffsets = new Int32Array(1);

export class TextEntries {
  count = 0;
  /** Bytes of all strings. */
  bytes = 0;
  readonly #region: Region;
  readonly #text: TextBytes;
  #offsets: Int32Array = noOffsets;
  #startEntries = firstEntries;

  constructor(slabs: Slabs) {
    this.#region = new Region(slabs);
    this.#text = new TextBytes(slabs);
  }

  get chargedBytes(): number {
    return this.#region.bytes + this.#text.chargedBytes;
  }

  /** Room for a batch, before its first string. */
  open(): void {
    this.count = 0;
    this.bytes = 0;
    this.#reserve(this.#startEntries);
    this.#offsets[0] = 0;
    this.#text.open();
  }

  #reserve(entries: number): void {
    const buffer = this.#region.reserve((entries + 1) * 4, (this.count + 1) * 4);
    this.#offsets = new Int32Array(buffer);
  }

  /** Adds a string; on a refusal nothing has changed. */
  add(text: string): TextRefusal | undefined {
    const end = this.#text.write(text, this.bytes);
    if (typeof end !== 'number') return end;
    if (this.count + 1 >= this.#offsets.length) this.#reserve(this.#offsets.length * 2);
    this.count += 1;
    this.#offsets[this.count] = end;
    this.bytes = end;
    return undefined;
  }

  sealedBytes(): number {
    return aligned((this.count + 1) * 4) + aligned(this.bytes);
  }

  /** The dictionary; then there is none. */
  seal(place: Place): DictionaryData {
    const length = this.count;
    const { buffer, byteOffset } = place.text(this.#region, (length + 1) * 4);
    const offsets = new Int32Array(buffer, byteOffset, length + 1);
    const values = this.#text.seal(this.bytes, place);
    this.#startEntries = Math.max(firstEntries, length + (length >> 3));
    this.#clear();
    return { length, offsets, values };
  }

  free(): void {
    this.#region.free();
    this.#text.free();
    this.#clear();
  }

  #clear(): void {
    this.count = 0;
    this.bytes = 0;
    this.#offsets = noOffsets;
  }
}
