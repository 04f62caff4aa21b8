// Owns the inference of a schema from rows. It looks at values only; nothing is converted or kept.
import { type DataType, describeType, type Field, type Schema } from '../batch/schema.js';
import { createRepeats, type Repeats } from './repeats.js';
import {
  misfit,
  mixedTypes,
  noColumns,
  notARow,
  type RowSite,
  unsupported,
  untypedColumns,
} from './row-site.js';
import { loneSurrogate, wellFormed } from './text-bytes.js';

export interface Inference {
  /**
   * Takes one row into account. Throws a ValueError for a value of no column type or of another type than before in its
   * column, SCHEMA_INVALID for an item that is no row; the row is then not taken into account at all.
   */
  add(item: unknown): void;
  /**
   * The schema of the rows so far: every column nullable, since a later null is no error. Throws SCHEMA_INVALID naming
   * the columns that held only nulls, or when no row had a property.
   * @param findRepeats whether a column of text whose strings repeat becomes a dictionary
   */
  finish(findRepeats: boolean): Schema;
}

/** number is float64 always (never int32 from a sample), bigint int64, Date timestamp(ms, UTC). */
const inferred = {
  number: { kind: 'float64' },
  bigint: { kind: 'int64', js: 'bigint' },
  boolean: { kind: 'bool' },
  string: { kind: 'utf8' },
  date: { kind: 'timestamp', unit: 'ms', timezone: 'UTC', js: 'date' },
} as const satisfies Record<string, DataType>;

const repeated: DataType = { kind: 'dictionary', inferred: true };

function typeOf(value: unknown): DataType | undefined {
  switch (typeof value) {
    case 'number':
      return inferred.number;
    case 'bigint':
      return inferred.bigint;
    case 'boolean':
      return inferred.boolean;
    case 'string':
      return inferred.string;
    case 'object':
      return value instanceof Date ? inferred.date : undefined;
    default:
      return undefined;
  }
}

/** What a value of an inferred type must also be: checked here, so that no row of a sample is refused afterwards. */
function refusal(value: unknown): string | undefined {
  if (typeof value === 'bigint')
    return BigInt.asIntN(64, value) === value ? undefined : 'a bigint of 64 bits';
  if (typeof value === 'string') return loneSurrogate.test(value) ? wellFormed : undefined;
  return value instanceof Date && Number.isNaN(value.getTime()) ? 'a valid Date' : undefined;
}

/** Makes an inference; `site.item` is the row named in errors. */
export function createInference(site: RowSite): Inference {
  /** In order of appearance; undefined while only nulls came. */
  const types = new Map<string, DataType | undefined>();
  const repeats = new Map<string, Repeats>();
  let rows = 0;
  const countText = (name: string, text: string): void => {
    let counted = repeats.get(name);
    if (counted === undefined) {
      counted = createRepeats();
      repeats.set(name, counted);
    }
    counted.add(text);
  };
  return {
    add(item) {
      if (!isRow(item)) throw notARow(site, item);
      const found: [string, DataType | undefined][] = [];
      for (const name in item) {
        const value = item[name];
        if (value === null || value === undefined) {
          if (!types.has(name)) found.push([name, undefined]);
          continue;
        }
        const type = typeOf(value);
        if (type === undefined) throw unsupported(site, name, value);
        const expected = refusal(value);
        if (expected !== undefined) throw misfit(site, { name, type, nullable: true }, value, expected);
        const before = types.get(name);
        if (before === undefined) found.push([name, type]);
        else if (before !== type)
          throw mixedTypes(site, name, describeType(before), value, describeType(type));
      }
      for (const [name, type] of found) types.set(name, type);
      for (const name in item) {
        const value = item[name];
        if (typeof value === 'string') countText(name, value);
      }
      rows += 1;
    },
    finish(findRepeats) {
      const untyped = [...types].filter(([, type]) => type === undefined).map(([name]) => name);
      if (untyped.length > 0) throw untypedColumns(site.stage, untyped, rows);
      // Rows of no columns would be lost in most formats, without a word.
      if (types.size === 0 && rows > 0) throw noColumns(site.stage, rows);
      const fields = [...types].flatMap(([name, type]): Field[] =>
        type === undefined
          ? []
          : [{ name, type: findRepeats && repeats.get(name)?.areMany ? repeated : type, nullable: true }],
      );
      return { fields };
    },
  };
}

/** The schema of some rows, all of which are looked at. Throws as `Inference` does. */
export function inferSchema(rows: Iterable<unknown>, stage = 'sample'): Schema {
  const site: RowSite = { stage, item: 0 };
  const inference = createInference(site);
  for (const row of rows) {
    inference.add(row);
    site.item += 1;
  }
  return inference.finish(true);
}

/** Objects with named properties; arrays, Maps, Dates and buffers are values, not rows. */
export function isRow(item: unknown): item is Record<string, unknown> {
  if (typeof item !== 'object' || item === null) return false;
  return !(
    Array.isArray(item) ||
    ArrayBuffer.isView(item) ||
    item instanceof Date ||
    item instanceof Map ||
    item instanceof Set ||
    item instanceof ArrayBuffer
  );
}
