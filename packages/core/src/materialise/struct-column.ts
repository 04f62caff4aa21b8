// Owns the builder of struct columns: a column for each field, which lie in the same frame, and a null bitmap.
import type { ColumnData } from '../batch/batch.js';
import type { KindOf } from '../batch/data-type.js';
import { aligned } from '../batch/pack.js';
import type { Field } from '../batch/schema.js';
import type { ColumnBuilder } from './column-builder.js';
import type { FrameViews, Part } from './frame.js';
import { isRow } from './infer.js';
import type { BuilderWithin } from './list-columns.js';
import type { Place } from './place.js';
import { extraColumn, misfit, pathOf, type RowSite, siteWithin } from './row-site.js';
import { Validity } from './validity.js';

/** Properties that every object has without owning them: there, only an own property is a value. */
const inheritedNames: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

export class StructColumn implements ColumnBuilder {
  readonly rowBytes: number;
  readonly parts: readonly Part[];
  readonly #names: readonly string[];
  readonly #known: ReadonlySet<string>;
  readonly #columns: readonly ColumnBuilder[];
  readonly #validity: Validity;

  constructor(
    readonly field: Field,
    type: KindOf<'struct'>,
    private readonly site: RowSite,
    within: BuilderWithin,
  ) {
    const inside = siteWithin(site, (name) => `${pathOf(site, field.name)}.${name}`);
    this.#names = type.fields.map(({ name }) => name);
    this.#known = new Set(this.#names);
    this.#columns = type.fields.map((inner) => within(inner, inside));
    this.#validity = new Validity(field.nullable);
    this.rowBytes = this.#sum((column) => column.rowBytes);
    this.parts = [...this.#columns.flatMap((column) => column.parts), ...this.#validity.parts];
  }

  #sum(bytes: (column: ColumnBuilder) => number): number {
    let sum = 0;
    for (const column of this.#columns) sum += bytes(column);
    return sum;
  }

  textBytes(rows: number): number {
    return this.#sum((column) => column.textBytes(rows));
  }

  get chargedBytes(): number {
    return this.#sum((column) => column.chargedBytes);
  }

  reserved(views: FrameViews, rows: number, filled: number): void {
    for (const column of this.#columns) column.reserved(views, rows, filled);
    this.#validity.reserved(views, rows, filled);
  }

  write(value: unknown, row: number): void {
    if (!isRow(value)) {
      if ((value !== null && value !== undefined) || !this.field.nullable) {
        throw misfit(this.site, this.field, value, `an object with ${this.#names.join(', ')}`);
      }
      this.blank(row);
      return;
    }
    for (const key in value) {
      if (this.#known.has(key)) continue;
      throw extraColumn(this.site, `${pathOf(this.site, this.field.name)}.${key}`, this.#names);
    }
    for (let at = 0; at < this.#names.length; at++) {
      const name = this.#names[at] as string;
      const isAbsent = inheritedNames.has(name) && !Object.hasOwn(value, name);
      this.#columns[at]?.write(isAbsent ? undefined : value[name], row);
    }
  }

  blank(row: number): void {
    if (this.field.nullable) this.#validity.markNull(row);
    for (const column of this.#columns) column.blank(row);
  }

  undo(row: number): void {
    this.#validity.undo(row);
    for (const column of this.#columns) column.undo(row);
  }

  sealedBytes(rows: number): number {
    return this.#sum((column) => column.sealedBytes(rows)) + aligned(this.#validity.usedBytes(rows));
  }

  seal(rows: number, place: Place): ColumnData {
    const children = this.#columns.map((column) => column.seal(rows, place));
    const { nullCount } = this.#validity;
    const validity = this.#validity.seal(rows, place);
    return { nullCount, validity, values: new Uint8Array(0), offsets: null, dictionary: null, children };
  }

  free(): void {
    for (const column of this.#columns) column.free();
    this.#validity.clear();
  }
}
