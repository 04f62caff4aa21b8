// Owns the generated code that reads the usual values of a column without a call. Whatever is not usual is left to its
// reader: text, and values that have no exact JavaScript form.
import type { ColumnData } from './batch-data.js';
import { wordsOf } from './int64-pairs.js';
import type { DataType } from './schema.js';

/** The array that the code of a column reads: 64-bit values as words, where no BigInt is asked for. */
export function readable({ values }: ColumnData, type: DataType): ColumnData['values'] {
  const isWords = type.kind === 'int64' || (type.kind === 'timestamp' && type.js !== 'date');
  if (!(values instanceof BigInt64Array) || (isWords && type.js === 'bigint')) return values;
  return wordsOf(values);
}

/**
 * An expression for the value of row `row` of column number `at`, nulls not looked at: `v<at>` is what `readable` gives,
 * `r<at>` the reader.
 */
export function readPath(type: DataType, at: number): string {
  return pathOf(type).replaceAll('#', String(at));
}

const read = 'r#(row)';

function pathOf(type: DataType): string {
  switch (type.kind) {
    case 'bool':
      return '(v#[row >> 3] & (1 << (row & 7))) !== 0';
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'float32':
    case 'float64':
      return 'v#[row]';
    case 'int64':
      return type.js === 'bigint' ? 'v#[row]' : within(maxSafe, 't');
    case 'timestamp':
      if (type.js === 'bigint') return 'v#[row]';
      if (type.js === 'number') return within(maxSafe, 't');
      return type.unit === 'ms' ? within(maxTimeMs, 'new Date(t)') : read;
    case 'date':
      return `(t = v#[row] * 86400000) <= ${maxTimeMs} && t >= -${maxTimeMs} ? new Date(t) : ${read}`;
    default:
      return read;
  }
}

const maxSafe = Number.MAX_SAFE_INTEGER;
const maxTimeMs = 8.64e15;

/** The words as one number, as `readSafeInteger` makes it, or the reader's answer where that is not exact. */
function within(most: number, value: string): string {
  const whole = 't = v#[row * 2 + 1] * 4294967296 + (v#[row * 2] >>> 0)';
  return `(${whole}) <= ${most} && t >= -${most} ? ${value} : ${read}`;
}
