// Owns which types of columns the keys of a map may have, and which keys of a Map are stored as one.
import type { DataType, TimeUnit } from './data-type.js';
import { parseDecimal } from './decimal-words.js';

export const keysAdvice =
  'keys are bool, integers, decimals, times, durations, text or timestamps as number or bigint, and not nullable';

/** Whether the values of a type are primitives of which no two that differ are one key of a Map. */
export function isKey(type: DataType): boolean {
  switch (type.kind) {
    case 'bool':
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'int64':
    case 'uint64':
    case 'decimal':
    case 'time':
    case 'duration':
    case 'utf8':
      return true;
    case 'timestamp':
      return type.js !== 'date';
    // A Map takes -0 for 0, and Dates and arrays for different keys however alike they are.
    case 'float16':
    case 'float32':
    case 'float64':
    case 'date':
    case 'binary':
    case 'fixed_binary':
    case 'null':
    case 'dictionary':
    case 'list':
    case 'fixed_list':
    case 'struct':
    case 'map':
      return false;
  }
}

/** A primitive that is the same for all keys that a column stores as one value. */
export type StoredKey = (key: unknown) => unknown;

/**
 * What tells keys apart once they are stored, for types that take a value in more than one form: 1 and 1n, '1.0' and '1.00',
 * a Date and its count, a lone surrogate and U+FFFD. Undefined for types of which Map tells them apart itself.
 */
export function storedKeyOf(type: DataType): StoredKey | undefined {
  switch (type.kind) {
    case 'int64':
    case 'uint64':
    case 'duration':
      return integerOf;
    case 'timestamp':
      return (key) => (key instanceof Date ? ticksOf(key, type.unit) : integerOf(key));
    case 'decimal':
      return type.js === 'bigint'
        ? undefined
        : (key) => (typeof key === 'string' ? parseDecimal(key, type.scale) : key);
    case 'utf8':
      return (key) =>
        typeof key === 'string' && loneSurrogate.test(key) ? Buffer.from(key).toString() : key;
    default:
      return undefined;
  }
}

/** With the `u` flag the halves of a pair are no surrogates. */
const loneSurrogate = /\p{Surrogate}/u;

const integerOf: StoredKey = (key) => (typeof key === 'number' ? BigInt(key) : key);

const perMs: Readonly<Record<Exclude<TimeUnit, 's'>, bigint>> = { ms: 1n, us: 1_000n, ns: 1_000_000n };

/** In range and exact: the column has taken the Date. */
function ticksOf(date: Date, unit: TimeUnit): bigint {
  const time = BigInt(date.getTime());
  return unit === 's' ? time / 1_000n : time * perMs[unit];
}
