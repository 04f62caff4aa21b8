// Owns schemas: named columns that carry the row type, and the constructors of the plainest columns.
import { messageOf, TailraceError } from '../errors/tailrace-error.js';
import { checkSchema } from './check-schema.js';
import { type DataType, describeType, type Field, sameType, shownName, type TimeUnit } from './data-type.js';

export {
  type DataType,
  describeType,
  entriesOf,
  type Field,
  type KindOf,
  sameType,
  type TimeUnit,
} from './data-type.js';

const operation = 'define schema';

declare const row: unique symbol;

/** The columns of a stage in order. `R` is the row type it stands for. */
export interface Schema<out R = unknown> {
  readonly fields: readonly Field[];
  /** Type-level only. */
  readonly [row]?: () => R;
}

declare const value: unique symbol;

/** One column of `defineSchema`, carrying the type its values have in rows. */
export interface ColumnType<out T> {
  readonly type: DataType;
  readonly nullable: boolean;
  /** Type-level only. */
  readonly [value]?: () => T;
}

/** A column of this type without nulls. `T` is what its values are in rows: who calls it vouches for that. */
export const column = <T>(type: DataType): ColumnType<T> => ({ type, nullable: false });

/** Booleans. */
export const bool = (): ColumnType<boolean> => column({ kind: 'bool' });
/** Whole numbers from -2,147,483,648 to 2,147,483,647; others are refused. */
export const int32 = (): ColumnType<number> => column({ kind: 'int32' });
/** Floating-point numbers of 64 bits: what a JavaScript number is. */
export const float64 = (): ColumnType<number> => column({ kind: 'float64' });
/** Text. */
export const utf8 = (): ColumnType<string> => column({ kind: 'utf8' });
/** Text of which each string is held once per batch: for columns whose values repeat. */
export const dictionary = (): ColumnType<string> => column({ kind: 'dictionary' });
/** Days without a time, as Dates at midnight UTC in rows. */
export const date = (): ColumnType<Date> => column({ kind: 'date' });

/** 64-bit integer, as bigint in rows, or as number (safe integers only) with `{ js: 'number' }`. */
export function int64(): ColumnType<bigint>;
export function int64(options: { js: 'number' }): ColumnType<number>;
export function int64(options: { js: 'bigint' }): ColumnType<bigint>;
export function int64(options: { js: 'bigint' | 'number' } = { js: 'bigint' }): ColumnType<bigint | number> {
  return column({ kind: 'int64', js: options.js });
}

/** What `timestamp` may be told beside its unit. */
export interface TimestampOptions<J extends 'date' | 'number' | 'bigint'> {
  /** IANA name or `UTC`, the default; null for civil time without a zone. */
  readonly timezone?: string | null;
  /**
   * The form in rows: `date` (default), a Date; `number` or `bigint`, units since 1970-01-01T00:00. A time that the
   * form cannot hold exactly is refused when it is read.
   */
  readonly js?: J;
}
type TimestampValue<J> = J extends 'bigint' ? bigint : J extends 'number' ? number : Date;

/**
 * A point in time, or civil time when `timezone` is null: a Date in rows unless `js` says otherwise.
 * @param unit that it is held in. Default `ms`
 * @example timestamp('us', { js: 'bigint' })
 */
export function timestamp<J extends 'date' | 'number' | 'bigint' = 'date'>(
  unit: TimeUnit = 'ms',
  options: TimestampOptions<J> = {},
): ColumnType<TimestampValue<J>> {
  const timezone = options.timezone === undefined ? 'UTC' : options.timezone;
  return column({ kind: 'timestamp', unit, timezone, js: options.js ?? 'date' });
}

/** The same column, with null (and undefined in input) allowed. */
export function nullable<T>(of: ColumnType<T>): ColumnType<T | null> {
  return { type: of.type, nullable: true };
}

/** The row type of the columns that `defineSchema` is given. */
export type RowOfColumns<C extends Record<string, ColumnType<unknown>>> = {
  [K in keyof C]: C[K] extends ColumnType<infer T> ? T : never;
};

/**
 * A schema from named columns; the row type follows from it. Throws SCHEMA_INVALID without columns, and for a column that
 * was made by none of `int32()`, `utf8()`, `nullable(...)` and the others.
 */
export function defineSchema<const C extends Record<string, ColumnType<unknown>>>(
  columns: C,
): Schema<RowOfColumns<C>> {
  // From JavaScript anything can come; TypeScript has checked the rest.
  const given: unknown = columns;
  const fields = fieldsOf(given);
  if (fields.length === 0) {
    throw new TailraceError(
      'A schema needs at least one column: defineSchema({ name: utf8(), age: nullable(int32()) }).',
      { code: 'SCHEMA_INVALID', operation },
    );
  }
  checkSchema({ fields }, 'defineSchema', operation);
  // Checked by the line above.
  return { fields: fields as Field[] };
}

/** The columns of anything, to be checked. Getters and revoked proxies throw when they are looked at: SCHEMA_INVALID. */
function fieldsOf(given: unknown): readonly object[] {
  let at = 'an object that';
  try {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return [];
    return Object.keys(given).map((name) => {
      at = `the column ${JSON.stringify(name)}, which`;
      // Every object can be read by name; what it gives is checked afterwards.
      const column = (given as Readonly<Record<string, Partial<ColumnType<unknown>> | null | undefined>>)[
        name
      ];
      return { name, type: column?.type, nullable: column?.nullable ?? false };
    });
  } catch (error) {
    throw new TailraceError(
      `defineSchema was given ${at} could not be read (${messageOf(error)}). ` +
        'Make columns with int32(), utf8(), nullable(...) and the others.',
      { code: 'SCHEMA_INVALID', operation, cause: error },
    );
  }
}

/** One line such as `date timestamp[us], delay int64?` for messages and manifests. */
export function describeSchema(schema: Schema): string {
  return schema.fields
    .map((field) => `${shownName(field.name)} ${describeType(field.type)}${field.nullable ? '?' : ''}`)
    .join(', ');
}

/** Whether batches of both can be read alike: names, order and types; which columns may be null does not matter. */
export function sameColumns(a: Schema, b: Schema): boolean {
  if (a.fields === b.fields) return true;
  return (
    a.fields.length === b.fields.length &&
    a.fields.every((field, at) => {
      const other = b.fields[at];
      return other !== undefined && other.name === field.name && sameType(other.type, field.type);
    })
  );
}
