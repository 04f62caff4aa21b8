// Owns which types of columns the keys of a map may have.
import type { DataType } from './data-type.js';

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
