// Owns the rows of the files that are damaged, and whether what is read of them has the forms of their types.
import {
  bool,
  type DataType,
  defineSchema,
  type Field,
  float64,
  int32,
  int64,
  list,
  map,
  nullable,
  type RowOfColumns,
  struct,
  timestamp,
  utf8,
} from '@tailrace/core';

const flatColumns = {
  n: int32(),
  big: int64(),
  ratio: nullable(float64()),
  flag: bool(),
  at: timestamp('ms', { js: 'bigint' }),
  text: nullable(utf8()),
  word: utf8(),
};
const columns = {
  ...flatColumns,
  marks: nullable(list(nullable(int32()))),
  place: nullable(
    struct({ name: nullable(utf8()), parts: list(struct({ size: float64(), label: utf8() })) }),
  ),
  counts: map(utf8(), nullable(int64())),
};
export const flatSchema: ReturnType<typeof defineSchema<typeof flatColumns>> = defineSchema(flatColumns);
export const nestedSchema: ReturnType<typeof defineSchema<typeof columns>> = defineSchema(columns);
export type FlatRow = RowOfColumns<typeof flatColumns>;
export type NestedRow = RowOfColumns<typeof columns>;
export const rowCount = 60;

export function* flatRows(): Generator<FlatRow> {
  for (let n = 0; n < rowCount; n += 1) {
    yield {
      n,
      big: BigInt(n) * 1_000_003n,
      ratio: n % 7 === 0 ? null : n / 4,
      flag: n % 3 === 0,
      at: BigInt(n * 86_399_000),
      text: n % 5 === 0 ? null : `row ${n}, "quoted" ä`,
      word: `w${n % 4}`,
    };
  }
}

export function* nestedRows(): Generator<NestedRow> {
  for (const row of flatRows()) {
    const { n } = row;
    const parts = Array.from({ length: n % 3 }, (_, at) => ({ size: at / 8, label: `ö ${n}.${at}` }));
    yield {
      ...row,
      marks: n % 6 === 0 ? null : Array.from({ length: n % 5 }, (_, at) => (at === 2 ? null : n - at)),
      place: n % 4 === 0 ? null : { name: n % 9 === 0 ? null : `place ${n} 😀`, parts },
      counts: new Map(
        Array.from({ length: n % 4 }, (_, at) => [`k${at}`, at === 1 ? null : BigInt(n * at)] as const),
      ),
    };
  }
}

const half = 2n ** 63n;
/** Half a character, and what decoders put in the place of bytes that are no text. Neither was written. */
const noText = /[\p{Surrogate}\ufffd]/u;

/** Of damaged bytes other values may come than were written, but none that no such column can hold. */
export function fits(fields: readonly Field[], row: unknown): boolean {
  if (typeof row !== 'object' || row === null) return false;
  // Any object may be asked for members by name: of each it is looked at first whether it is there, and then what it is.
  return hasMembers(fields, row as Readonly<Record<string, unknown>>);
}

function hasMembers(fields: readonly Field[], members: Readonly<Record<string, unknown>>): boolean {
  return (
    Object.keys(members).length === fields.length &&
    fields.every((field) => Object.hasOwn(members, field.name) && isOf(field, members[field.name]))
  );
}

function isOf({ type, nullable: isNullable }: Field, value: unknown): boolean {
  return value === null ? isNullable : isOfType(type, value);
}

function isOfType(type: DataType, value: unknown): boolean {
  switch (type.kind) {
    case 'int32':
      return value === (Number(value) | 0);
    case 'int64':
    case 'timestamp':
      return typeof value === 'bigint' && value >= -half && value < half;
    case 'float64':
      return typeof value === 'number';
    case 'bool':
      return typeof value === 'boolean';
    case 'utf8':
      return typeof value === 'string' && !noText.test(value);
    case 'list':
      return Array.isArray(value) && value.every((item) => isOf(type.item, item));
    case 'struct':
      return fits(type.fields, value);
    case 'map':
      return (
        value instanceof Map && [...value].every(([key, of]) => isOf(type.key, key) && isOf(type.value, of))
      );
    default:
      throw new Error(`No column of the damaged files is a ${type.kind}.`);
  }
}
