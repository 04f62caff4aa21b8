// Owns the builder of dictionary columns: one code per row, and the strings that the codes stand for.
import type { ColumnData } from '../batch/batch.js';
import { aligned } from '../batch/pack.js';
import type { Field } from '../batch/schema.js';
import type { Slabs } from '../budget/slabs.js';
import type { ColumnBuilder } from './column-builder.js';
import { type FrameViews, noViews, Part } from './frame.js';
import type { Place } from './place.js';
import { misfit, type RowSite } from './row-site.js';
import { TextEntries } from './text-entries.js';
import { Validity } from './validity.js';

/** Slots of the cache before the table of codes: repeats are found by comparing, without hashing the whole string. */
const slotBits = 10;
/** Entries of a batch after which it is asked whether looking strings up is worth it. */
const trialEntries = 4_096;
/** The same, when in the batch before it was not. */
const shortTrialEntries = 256;

/** The slot of a string, from its length and three of its characters. `fast-path.ts` has the same in generated code. */
export function slotOf(text: string): number {
  const { length } = text;
  if (length === 0) return 0;
  const ends = (text.charCodeAt(0) << 16) ^ text.charCodeAt(length - 1);
  return (
    Math.imul(ends ^ (text.charCodeAt(length >> 1) << 8) ^ (length << 20), 0x9e3779b1) >>> (32 - slotBits)
  );
}

/**
 * Each distinct string once per batch, while strings repeat. When more than half of them are new after the first
 * few thousand, the rest of the batch is laid down as it comes, an entry per string: that costs hardly more than a
 * text column, and bounds the table. Either way there are no more entries than rows, and their bytes count towards the
 * size at which the batch is cut.
 */
export class DictionaryColumn implements ColumnBuilder {
  readonly rowBytes = 4;
  readonly parts: readonly Part[];
  readonly codes: Part = new Part(32);
  /** False for the rest of a batch in which nearly every string is new. */
  looksUp = true;
  /** By slot: the last string that was looked up there, and its code. */
  readonly recent: (string | undefined)[] = new Array(1 << slotBits).fill(undefined);
  readonly recentCodes: Int32Array = new Int32Array(1 << slotBits);
  readonly #entries: TextEntries;
  readonly #validity: Validity;
  readonly #table = new Map<string, number>();
  #words: Int32Array = noViews.words;
  #first = 0;
  #nextTrial = trialEntries;

  constructor(
    readonly field: Field,
    slabs: Slabs,
    private readonly site: RowSite,
  ) {
    this.#entries = new TextEntries(slabs);
    this.#validity = new Validity(field.nullable);
    this.parts = [this.codes, ...this.#validity.parts];
  }

  textBytes(): number {
    return this.#entries.bytes + this.#entries.count * 4;
  }

  get chargedBytes(): number {
    return this.#entries.chargedBytes;
  }

  reserved(views: FrameViews, rows: number, filled: number): void {
    this.#words = views.words;
    this.#first = this.codes.byteOffset / 4;
    if (filled === 0) this.#entries.open();
    this.#validity.reserved(views, rows, filled);
  }

  write(value: unknown, row: number): void {
    if (typeof value === 'string') {
      this.#words[this.#first + row] = this.looksUp
        ? this.codeOf(value, slotOf(value), row)
        : this.add(value);
    } else {
      if ((value !== null && value !== undefined) || !this.field.nullable) {
        throw misfit(this.site, this.field, value, 'a string');
      }
      this.blank(row);
    }
  }

  blank(row: number): void {
    if (this.field.nullable) this.#validity.markNull(row);
    this.#words[this.#first + row] = 0;
  }

  /** The code of a string, which is looked up. Throws as `add`. */
  codeOf(value: string, slot: number, row: number): number {
    let code = this.#table.get(value);
    if (code === undefined) {
      code = this.add(value);
      this.#table.set(value, code);
      const entries = code + 1;
      if (entries >= this.#nextTrial && entries * 2 > row) this.#giveUp();
      else if (entries >= this.#nextTrial) this.#nextTrial = entries * 2;
    }
    this.recent[slot] = value;
    this.recentCodes[slot] = code;
    return code;
  }

  /** The code of a new entry. Throws a ValueError for a string that is no valid Unicode. */
  add(value: string): number {
    const refusal = this.#entries.add(value);
    if (refusal !== undefined) throw misfit(this.site, this.field, value, refusal);
    return this.#entries.count - 1;
  }

  #giveUp(): void {
    this.looksUp = false;
    this.#table.clear();
  }

  /** An entry that only a rejected row used stays in the dictionary: no code points to it. */
  undo(row: number): void {
    this.#validity.undo(row);
  }

  sealedBytes(rows: number): number {
    const entries = this.#entries.sealedBytes();
    return aligned(this.codes.bytes(rows)) + entries + aligned(this.#validity.usedBytes(rows));
  }

  seal(rows: number, place: Place): ColumnData {
    const { buffer, byteOffset } = place.fixed(this.codes, this.codes.bytes(rows));
    const values = new Int32Array(buffer, byteOffset, rows);
    const dictionary = this.#entries.seal(place);
    const { nullCount } = this.#validity;
    const validity = this.#validity.seal(rows, place);
    this.#clear();
    return { nullCount, validity, values, offsets: null, dictionary };
  }

  free(): void {
    this.#entries.free();
    this.#validity.clear();
    this.#clear();
  }

  #clear(): void {
    this.#words = noViews.words;
    this.#table.clear();
    this.recent.fill(undefined);
    this.#nextTrial = this.looksUp ? trialEntries : shortTrialEntries;
    this.looksUp = true;
  }
}
