// Owns the way from the values of a column as its file has them to those of the type that it is read as: seconds that stand as
// milliseconds, lists of one length that stand as lists of any.
import type { DataType, Field } from '@tailrace/core';

/** What is wrong with a value, as the end of a sentence that begins with it. */
export class NotAsDeclared extends Error {
  override readonly name = 'NotAsDeclared';
}

/** Of a value that is not null. Throws NotAsDeclared. */
export type Convert = (value: unknown) => unknown;

/**
 * The stored type with the units of durations, of which Parquet says only that they are whole numbers.
 * @param found what the column was found to be, by what its writer notes
 */
export function withDurations(stored: DataType, found: DataType): DataType {
  const within = (field: Field, other: Field): Field => ({
    ...field,
    type: withDurations(field.type, other.type),
  });
  switch (stored.kind) {
    case 'int64':
      return found.kind === 'duration' ? found : stored;
    case 'list':
    case 'fixed_list':
      return found.kind === 'list' || found.kind === 'fixed_list'
        ? { ...stored, item: within(stored.item, found.item) }
        : stored;
    case 'struct':
      return found.kind === 'struct'
        ? { ...stored, fields: pairsOf(stored.fields, found.fields).map((pair) => within(...pair)) }
        : stored;
    case 'map':
      return found.kind === 'map'
        ? { ...stored, key: within(stored.key, found.key), value: within(stored.value, found.value) }
        : stored;
    default:
      return stored;
  }
}

/** The type with which the buffers are read: the layout of `stored`, the forms of `declared`. */
export function readingType(declared: DataType, stored: DataType): DataType {
  switch (declared.kind) {
    case 'timestamp':
    case 'time':
    case 'duration': {
      const unit = 'unit' in stored ? stored.unit : declared.unit;
      if (unit === declared.unit || declared.kind === 'time') return { ...declared, unit };
      return { ...declared, unit, js: declared.js === 'date' ? 'date' : 'bigint' } as DataType; // of the same kind
    }
    case 'float32':
    case 'float64':
      return stored.kind === 'float16' ? stored : declared;
    case 'utf8':
    case 'dictionary':
      return stored.kind === 'dictionary' || stored.kind === 'utf8' ? stored : declared;
    case 'list':
    case 'fixed_list': {
      if (stored.kind !== 'list' && stored.kind !== 'fixed_list') return declared;
      return { ...stored, item: readingField(declared.item, stored.item) };
    }
    case 'struct':
      if (stored.kind !== 'struct') return declared;
      return {
        ...declared,
        fields: pairsOf(declared.fields, stored.fields).map((pair) => readingField(...pair)),
      };
    case 'map':
      if (stored.kind !== 'map') return declared;
      return {
        ...declared,
        key: readingField(declared.key, stored.key),
        value: readingField(declared.value, stored.value),
      };
    default:
      return declared;
  }
}

function readingField(declared: Field, stored: Field): Field {
  return { ...declared, type: readingType(declared.type, stored.type) };
}

/** The columns within two structs that were found to have the same. */
function pairsOf(declared: readonly Field[], stored: readonly Field[]): (readonly [Field, Field])[] {
  return declared.flatMap((field, at) => {
    const other = stored[at];
    return other === undefined ? [] : [[field, other] as const];
  });
}

/** What becomes of values read with `readingType`; undefined where nothing does. */
export function conversion(declared: DataType, stored: DataType): Convert | undefined {
  switch (declared.kind) {
    case 'timestamp':
      return 'unit' in stored && stored.unit !== declared.unit && declared.js !== 'date'
        ? toSeconds(declared.js)
        : undefined;
    case 'duration':
      return 'unit' in stored && stored.unit !== declared.unit ? toSeconds(declared.js) : undefined;
    case 'time':
      return 'unit' in stored && stored.unit !== declared.unit ? toSeconds('number') : undefined;
    case 'list':
    case 'fixed_list': {
      if (stored.kind !== 'list' && stored.kind !== 'fixed_list') return undefined;
      const size = declared.kind === 'fixed_list' && stored.kind === 'list' ? declared.size : undefined;
      return ofItems(orNull(conversion(declared.item.type, stored.item.type)), size);
    }
    case 'struct':
      return stored.kind === 'struct' ? ofFields(declared.fields, stored.fields) : undefined;
    case 'map': {
      if (stored.kind !== 'map') return undefined;
      const key = conversion(declared.key.type, stored.key.type);
      const of = orNull(conversion(declared.value.type, stored.value.type));
      if (key === undefined && of === undefined) return undefined;
      return (value) =>
        // Maps are what the reader gives of such columns.
        new Map(
          Array.from(value as Map<unknown, unknown>, ([one, other]) => [
            key?.(one) ?? one,
            of ? of(other) : other,
          ]),
        );
    }
    default:
      return undefined;
  }
}

function orNull(convert: Convert | undefined): Convert | undefined {
  return convert && ((value) => (value === null ? null : convert(value)));
}

function ofItems(convert: Convert | undefined, size: number | undefined): Convert | undefined {
  if (convert === undefined && size === undefined) return undefined;
  return (value) => {
    const items = value as readonly unknown[]; // what the reader gives of lists
    if (size !== undefined && items.length !== size)
      throw new NotAsDeclared(`a list of ${items.length}, where all have ${size} items`);
    return convert === undefined ? items : items.map(convert);
  };
}

function ofFields(declared: readonly Field[], stored: readonly Field[]): Convert | undefined {
  const converts = pairsOf(declared, stored).flatMap(([field, other]) => {
    const convert = orNull(conversion(field.type, other.type));
    return convert === undefined ? [] : [[field.name, convert] as const];
  });
  if (converts.length === 0) return undefined;
  return (value) => {
    const made = value as Record<string, unknown>; // what the reader gives of structs: an object of this value alone
    for (const [name, convert] of converts) {
      Object.defineProperty(made, name, {
        ...{ value: convert(made[name]), enumerable: true, writable: true, configurable: true },
      });
    }
    return made;
  };
}

function toSeconds(js: 'number' | 'bigint' | 'date'): Convert {
  return (value) => {
    // Times of day come as numbers.
    const milliseconds = BigInt(value as number | bigint);
    if (milliseconds % 1_000n !== 0n)
      throw new NotAsDeclared(`${milliseconds} ms, no whole number of seconds`);
    const seconds = milliseconds / 1_000n;
    if (js === 'bigint') return seconds;
    if (!Number.isSafeInteger(Number(seconds)))
      throw new NotAsDeclared(
        `${seconds} s, beyond 2^53, which has no exact number. Read the column as bigint`,
      );
    return Number(seconds);
  };
}
