// Owns the builders of string columns: utf8, and dictionary with each string once per batch.
import type { ColumnData } from '../batch/batch.js';
import { aligned } from '../batch/pack.js';
import type { Field } from '../batch/schema.js';
import type { Slabs } from '../budget/slabs.js';
import type { ColumnBuilder } from './column-builder.js';
import { type Place, Region } from './region.js';
import { misfit, type RowSite } from './row-site.js';
import { TextStore } from './text-store.js';
import { Validity } from './validity.js';

export class Utf8Column implements ColumnBuilder {
  readonly rowBytes = 4;
  readonly #text: TextStore;
  readonly #validity: Validity;

  constructor(
    readonly field: Field,
    slabs: Slabs,
    private readonly site: RowSite,
  ) {
    this.#text = new TextStore(slabs);
    this.#validity = new Validity(slabs);
  }

  get textBytes(): number {
    return this.#text.bytes;
  }

  get chargedBytes(): number {
    return this.#text.chargedBytes + this.#validity.bytes;
  }

  reserve(rows: number, filled: number): void {
    this.#text.reserve(rows, filled);
    this.#validity.reserve(rows);
  }

  write(value: unknown, row: number): void {
    if (typeof value === 'string') {
      const refusal = this.#text.write(value, row);
      if (refusal !== undefined) throw misfit(this.site, this.field, value, refusal);
    } else {
      if ((value !== null && value !== undefined) || !this.field.nullable) {
        throw misfit(this.site, this.field, value, 'a string');
      }
      this.#validity.markNull(row);
      this.#text.writeEmpty(row);
    }
  }

  undo(row: number): void {
    this.#validity.undo(row);
    this.#text.undo(row);
  }

  sealedBytes(rows: number): number {
    return this.#text.sealedBytes(rows) + aligned(this.#validity.usedBytes(rows));
  }

  seal(rows: number, place: Place): ColumnData {
    const { offsets, values } = this.#text.seal(rows, place);
    const { nullCount } = this.#validity;
    return { nullCount, validity: this.#validity.seal(rows, place), values, offsets, dictionary: null };
  }

  free(): void {
    this.#text.free();
    this.#validity.free();
  }
}

/**
 * Each distinct string once per batch. The dictionary needs no limit of its own: it has no more entries than the batch
 * has rows, and its bytes count towards the size at which the batch is cut.
 */
export class DictionaryColumn implements ColumnBuilder {
  readonly rowBytes = 4;
  readonly #region: Region;
  readonly #text: TextStore;
  readonly #validity: Validity;
  readonly #codes = new Map<string, number>();
  #values: Int32Array = new Int32Array(0);

  constructor(
    readonly field: Field,
    slabs: Slabs,
    private readonly site: RowSite,
  ) {
    this.#region = new Region(slabs);
    this.#text = new TextStore(slabs);
    this.#validity = new Validity(slabs);
  }

  get textBytes(): number {
    return this.#text.bytes + this.#codes.size * 4;
  }

  get chargedBytes(): number {
    return this.#region.bytes + this.#text.chargedBytes + this.#validity.bytes;
  }

  reserve(rows: number, filled: number): void {
    this.#values = new Int32Array(this.#region.reserve(rows * 4, filled * 4), 0, rows);
    this.#validity.reserve(rows);
    if (filled === 0) this.#text.reserve(firstEntries, 0);
  }

  write(value: unknown, row: number): void {
    if (typeof value === 'string') {
      const code = this.#codes.get(value);
      this.#values[row] = code === undefined ? this.#add(value) : code;
    } else {
      if ((value !== null && value !== undefined) || !this.field.nullable) {
        throw misfit(this.site, this.field, value, 'a string');
      }
      this.#validity.markNull(row);
      this.#values[row] = 0;
    }
  }

  #add(value: string): number {
    const code = this.#codes.size;
    if (code === this.#text.capacity) this.#text.reserve(code * 2, code);
    const refusal = this.#text.write(value, code);
    if (refusal !== undefined) throw misfit(this.site, this.field, value, refusal);
    this.#codes.set(value, code);
    return code;
  }

  /** An entry that only a rejected row used stays in the dictionary: no code points to it. */
  undo(row: number): void {
    this.#validity.undo(row);
  }

  sealedBytes(rows: number): number {
    const entries = this.#text.sealedBytes(this.#codes.size);
    return aligned(rows * 4) + entries + aligned(this.#validity.usedBytes(rows));
  }

  seal(rows: number, place: Place): ColumnData {
    const { buffer, byteOffset } = place(this.#region, rows * 4);
    const values = new Int32Array(buffer, byteOffset, rows);
    const dictionary = { length: this.#codes.size, ...this.#text.seal(this.#codes.size, place) };
    this.#codes.clear();
    const { nullCount } = this.#validity;
    return { nullCount, validity: this.#validity.seal(rows, place), values, offsets: null, dictionary };
  }

  free(): void {
    this.#region.free();
    this.#text.free();
    this.#validity.free();
    this.#codes.clear();
  }
}

const firstEntries = 256;
