// Owns which types a column may be read as: its own, and those that hold the same values, exactly. It reads no values.
import { type DataType, type Field, sameType } from '@tailrace/core';

type Kind = DataType['kind'];

/** Numbers that every value of another type has an exact form among; of unsigned 64 bits those that fit are read. */
const wider: Readonly<Partial<Record<Kind, readonly Kind[]>>> = {
  int32: ['int8', 'int16', 'uint8', 'uint16'],
  int64: ['uint32', 'uint64', 'duration'],
  float32: ['float16'],
  float64: ['float16', 'float32'],
};

const isText = ({ kind }: DataType): boolean => kind === 'utf8' || kind === 'dictionary';

/**
 * Whether values of a column of the type `found` can be read as those of `declared`: strings are strings however they are stored, a
 * point in time is the same in every zone, and seconds may stand as milliseconds, as Parquet has them.
 */
export function readableAs(declared: DataType, found: DataType): boolean {
  return wider[declared.kind]?.includes(found.kind) === true || holdsSame(declared, found);
}

function holdsSame(declared: DataType, found: DataType): boolean {
  if (isText(declared) && isText(found)) return true;
  switch (declared.kind) {
    case 'binary':
      return found.kind === 'binary';
    case 'timestamp':
      return (
        found.kind === 'timestamp' &&
        sameUnit(declared, found) &&
        (declared.timezone === null) === (found.timezone === null)
      );
    case 'time':
    case 'duration':
      return found.kind === declared.kind && sameUnit(declared, found);
    case 'list':
      return found.kind === 'list' && fits(declared.item, found.item);
    case 'fixed_list':
      // Parquet does not say how long lists are; each of them is looked at.
      return (
        (found.kind === 'list' || (found.kind === 'fixed_list' && found.size === declared.size)) &&
        fits(declared.item, found.item)
      );
    case 'struct':
      return (
        found.kind === 'struct' &&
        found.fields.length === declared.fields.length &&
        declared.fields.every((field, at) => {
          const other = found.fields[at];
          return other !== undefined && other.name === field.name && fits(field, other);
        })
      );
    case 'map':
      return found.kind === 'map' && fits(declared.key, found.key) && fits(declared.value, found.value);
    default:
      return sameType(declared, found);
  }
}

function sameUnit({ unit }: { readonly unit: string }, found: { readonly unit: string }): boolean {
  return unit === found.unit || (unit === 's' && found.unit === 'ms');
}

/** Of columns within others, whose nulls nothing else looks at. */
function fits(declared: Field, found: Field): boolean {
  return (declared.nullable || !found.nullable) && holdsSame(declared.type, found.type);
}

/**
 * Whether a column that its writer notes as `noted` may lie in a Parquet file as `stored`: it is then what it is noted to be.
 * A note that does not fit the file is of another one, or damaged.
 */
export function isStoredAs(noted: DataType, stored: DataType): boolean {
  if (noted.kind === 'duration') return stored.kind === 'int64';
  switch (noted.kind) {
    case 'list':
      return stored.kind === 'list' && isFieldStoredAs(noted.item, stored.item);
    case 'fixed_list':
      return stored.kind === 'list' && isFieldStoredAs(noted.item, stored.item);
    case 'struct':
      return (
        stored.kind === 'struct' &&
        stored.fields.length === noted.fields.length &&
        noted.fields.every((field, at) => {
          const other = stored.fields[at];
          return other !== undefined && other.name === field.name && isFieldStoredAs(field, other);
        })
      );
    case 'map':
      return (
        stored.kind === 'map' &&
        isFieldStoredAs(noted.key, stored.key) &&
        isFieldStoredAs(noted.value, stored.value)
      );
    default:
      return holdsSame(noted, stored);
  }
}

function isFieldStoredAs(noted: Field, stored: Field): boolean {
  return noted.nullable === stored.nullable && isStoredAs(noted.type, stored.type);
}
