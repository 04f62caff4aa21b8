// Owns the builders of columns whose values are made of any number of others: lists, lists of one length, maps.
import type { ColumnData } from '../batch/batch.js';
import { entriesOf, type KindOf } from '../batch/data-type.js';
import { type StoredKey, storedKeyOf } from '../batch/map-keys.js';
import { aligned } from '../batch/pack.js';
import type { Field } from '../batch/schema.js';
import type { Slabs } from '../budget/slabs.js';
import type { ColumnBuilder } from './column-builder.js';
import { type FrameViews, noViews, Part } from './frame.js';
import { Items } from './items.js';
import type { Place } from './place.js';
import { misfit, pathOf, type RowSite, siteWithin } from './row-site.js';
import { Validity } from './validity.js';

/** Makes the builder of a column within. */
export type BuilderWithin = (field: Field, site: RowSite) => ColumnBuilder;

const noValues = new Uint8Array(0);
/** Offsets are 32-bit. */
const mostItems = 2 ** 31 - 1;

/** What lists of any kind share: items in a frame of their own, and a null bitmap. */
abstract class ItemsColumn {
  abstract readonly rowBytes: number;
  protected readonly items: Items;
  protected readonly validity: Validity;
  /** Number of the item that is being taken, within its list. */
  protected index = 0;

  constructor(
    readonly field: Field,
    item: Field,
    slabs: Slabs,
    protected readonly site: RowSite,
    within: BuilderWithin,
  ) {
    const inside = siteWithin(site, () => `${pathOf(site, field.name)}[${this.index}]`);
    this.items = new Items(within(item, inside), slabs);
    this.validity = new Validity(field.nullable);
  }

  textBytes(): number {
    return this.items.bytes;
  }

  get chargedBytes(): number {
    return this.items.chargedBytes;
  }

  reserved(views: FrameViews, rows: number, filled: number): void {
    this.items.open();
    this.validity.reserved(views, rows, filled);
  }

  protected ensureNull(value: unknown, expected: string): void {
    if ((value !== null && value !== undefined) || !this.field.nullable) {
      throw misfit(this.site, this.field, value, expected);
    }
  }

  free(): void {
    this.items.free();
    this.validity.clear();
  }
}

abstract class OffsetColumn extends ItemsColumn implements ColumnBuilder {
  readonly rowBytes = 4;
  readonly parts: readonly Part[];
  /** The number of the item after each list; before the first lies a 0. */
  readonly #offsets: Part = new Part(32, 4);
  #words: Int32Array = noViews.words;
  #first = 0;

  constructor(field: Field, item: Field, slabs: Slabs, site: RowSite, within: BuilderWithin) {
    super(field, item, slabs, site, within);
    this.parts = [this.#offsets, ...this.validity.parts];
  }

  override reserved(views: FrameViews, rows: number, filled: number): void {
    super.reserved(views, rows, filled);
    this.#words = views.words;
    this.#first = this.#offsets.byteOffset / 4;
    if (filled === 0) this.#words[this.#first] = 0;
  }

  abstract write(value: unknown, row: number): void;

  /** Writes the items of a list. */
  protected put(values: Iterable<unknown>, count: number, row: number): void {
    if (this.items.count + count > mostItems) {
      throw misfit(this.site, this.field, values, 'less than 2^31 items per batch');
    }
    this.index = 0;
    for (const value of values) {
      this.items.add(value);
      this.index += 1;
    }
    this.#words[this.#first + row + 1] = this.items.count;
  }

  blank(row: number): void {
    if (this.field.nullable) this.validity.markNull(row);
    this.#words[this.#first + row + 1] = this.items.count;
  }

  undo(row: number): void {
    this.validity.undo(row);
    this.items.undoTo(this.#words[this.#first + row] as number);
  }

  sealedBytes(rows: number): number {
    const validity = aligned(this.validity.usedBytes(rows));
    return aligned(this.#offsets.bytes(rows)) + validity + this.items.sealedBytes();
  }

  seal(rows: number, place: Place): ColumnData {
    const { buffer, byteOffset } = place.fixed(this.#offsets, this.#offsets.bytes(rows));
    const offsets = new Int32Array(buffer, byteOffset, rows + 1);
    const { nullCount } = this.validity;
    const validity = this.validity.seal(rows, place);
    const children = [this.items.seal(place)];
    this.#words = noViews.words;
    return { nullCount, validity, values: noValues, offsets, dictionary: null, children };
  }

  override free(): void {
    super.free();
    this.#words = noViews.words;
  }
}

export class ListColumn extends OffsetColumn {
  constructor(field: Field, type: KindOf<'list'>, slabs: Slabs, site: RowSite, within: BuilderWithin) {
    super(field, type.item, slabs, site, within);
  }

  write(value: unknown, row: number): void {
    if (Array.isArray(value)) {
      this.put(value, value.length, row);
    } else {
      this.ensureNull(value, 'an array');
      this.blank(row);
    }
  }
}

export class MapColumn extends OffsetColumn {
  readonly #key: Field;
  readonly #storedKey: StoredKey | undefined;

  constructor(field: Field, type: KindOf<'map'>, slabs: Slabs, site: RowSite, within: BuilderWithin) {
    super(field, entriesOf(type), slabs, site, within);
    this.#key = type.key;
    this.#storedKey = storedKeyOf(type.key.type);
  }

  write(value: unknown, row: number): void {
    if (value instanceof Map) {
      const entries = Array.from(value as Map<unknown, unknown>, ([key, of]) => ({ key, value: of }));
      this.put(entries, entries.length, row);
      if (this.#storedKey !== undefined && entries.length > 1) this.#ensureDistinct(entries, this.#storedKey);
    } else {
      this.ensureNull(value, 'a Map');
      this.blank(row);
    }
  }

  /** Keys that differ in JavaScript only would be two entries of one key, which no reader gives back. */
  #ensureDistinct(entries: readonly { readonly key: unknown }[], storedKey: StoredKey): void {
    const seen = new Set<unknown>();
    for (const [index, { key }] of entries.entries()) {
      const stored = storedKey(key);
      if (seen.has(stored)) {
        const at = siteWithin(this.site, (name) => `${pathOf(this.site, this.field.name)}[${index}].${name}`);
        throw misfit(at, this.#key, key, 'keys that differ once they are stored');
      }
      seen.add(stored);
    }
  }
}

export class FixedListColumn extends ItemsColumn implements ColumnBuilder {
  readonly rowBytes = 0;
  readonly parts: readonly Part[];
  readonly #size: number;

  constructor(field: Field, type: KindOf<'fixed_list'>, slabs: Slabs, site: RowSite, within: BuilderWithin) {
    super(field, type.item, slabs, site, within);
    this.#size = type.size;
    this.parts = this.validity.parts;
  }

  write(value: unknown, row: number): void {
    if (!Array.isArray(value) || value.length !== this.#size) {
      this.ensureNull(value, `an array of ${this.#size}`);
      this.blank(row);
      return;
    }
    this.index = 0;
    for (const item of value as readonly unknown[]) {
      this.items.add(item);
      this.index += 1;
    }
  }

  blank(row: number): void {
    if (this.field.nullable) this.validity.markNull(row);
    for (let at = 0; at < this.#size; at++) this.items.addBlank();
  }

  undo(row: number): void {
    this.validity.undo(row);
    this.items.undoTo(row * this.#size);
  }

  sealedBytes(rows: number): number {
    return aligned(this.validity.usedBytes(rows)) + this.items.sealedBytes();
  }

  seal(rows: number, place: Place): ColumnData {
    const { nullCount } = this.validity;
    const validity = this.validity.seal(rows, place);
    const children = [this.items.seal(place)];
    return { nullCount, validity, values: noValues, offsets: null, dictionary: null, children };
  }
}
