// Owns how the NDJSON parts of a dataset are read: as its manifest says that they were written, or as a caller knows better.
import type { DataType, Field, Manifest } from '@tailrace/core';
import type { ReadNdjsonOptions } from '../ndjson/read-ndjson.js';

/** What a caller may say of NDJSON parts. */
export type WrittenNdjson = Pick<ReadNdjsonOptions, 'binary' | 'maxLineLength'>;

/** @param told what a caller has said: it goes before what the manifest says */
export function writtenNdjson(
  manifest: Pick<Manifest, 'dialect'> | undefined,
  told: WrittenNdjson | undefined,
): WrittenNdjson | undefined {
  const binary = manifest?.dialect?.binary;
  if (binary !== 'base64' && binary !== 'hex') return told;
  return { binary, ...told };
}

/**
 * With `nonFinite: 'null'` NaN and infinities were written as null, also in columns without nulls: they are read as what they are
 * now, since nothing tells which they were.
 */
export function withBlankFloats(field: Field): Field {
  return { ...field, type: blankWithin(field.type), nullable: field.nullable || isFloat(field.type) };
}

const isFloat = ({ kind }: DataType): boolean => ['float16', 'float32', 'float64'].includes(kind);

function blankWithin(type: DataType): DataType {
  switch (type.kind) {
    case 'list':
    case 'fixed_list':
      return { ...type, item: withBlankFloats(type.item) };
    case 'struct':
      return { ...type, fields: type.fields.map(withBlankFloats) };
    case 'map':
      return { ...type, value: withBlankFloats(type.value) };
    default:
      return type;
  }
}

type Row = Readonly<Record<string, unknown>>;
type Restore = (value: unknown) => unknown;

/**
 * The way back, for rows that are written once more with `nonFinite: 'null'`: what is null in a float without nulls becomes NaN, of
 * which the writer makes the same null, and the columns stay as they were declared.
 */
export function blanksRestored(
  fields: readonly Field[],
  partitionBy: readonly string[],
): ((row: Row) => Row) | undefined {
  const restores = fields.flatMap((field) => {
    const restore = partitionBy.includes(field.name) ? undefined : restorerOf(field);
    return restore === undefined ? [] : [[field.name, restore] as const];
  });
  if (restores.length === 0) return undefined;
  return (row) => ({
    ...row,
    ...Object.fromEntries(restores.map(([name, restore]) => [name, restore(row[name])])),
  });
}

function restorerOf({ type, nullable }: Omit<Field, 'name'>): Restore | undefined {
  if (isFloat(type)) return nullable ? undefined : (value) => value ?? Number.NaN;
  const within = restorerWithin(type);
  return within && ((value) => (value === null || value === undefined ? value : within(value)));
}

/** Values are as the reader makes them of each type. */
function restorerWithin(type: DataType): Restore | undefined {
  switch (type.kind) {
    case 'list':
    case 'fixed_list': {
      const item = restorerOf(type.item);
      return item && ((value) => (value as readonly unknown[]).map(item));
    }
    case 'struct': {
      const row = blanksRestored(type.fields, []);
      return row && ((value) => row(value as Row));
    }
    case 'map': {
      const of = restorerOf(type.value);
      return (
        of &&
        ((value) =>
          new Map([...(value as ReadonlyMap<unknown, unknown>)].map(([key, one]) => [key, of(one)])))
      );
    }
    default:
      return undefined;
  }
}
