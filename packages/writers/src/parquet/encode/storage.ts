// Owns how the values of each type lie in pages: what they are made of, and in which order statistics have them.
import type { ColumnData, DataType } from '@tailrace/core/sink';
import { notOwn } from '../own-types.js';

export type NumberOrder = 'signed' | 'unsigned' | 'float';

export type Storage =
  | { readonly form: 'bits' }
  /** Numbers of one or two words of 32 bits. */
  | { readonly form: 'words'; readonly width: 1 | 2; readonly order: NumberOrder }
  | { readonly form: 'strings' }
  | { readonly form: 'entries' }
  /** Values of one number of bytes, which statistics do not speak of. */
  | { readonly form: 'fixed'; readonly bytes: number };

const words = (width: 1 | 2, order: NumberOrder): Storage => ({ form: 'words', width, order });

export function storageOf(type: DataType): Storage {
  switch (type.kind) {
    case 'bool':
      return { form: 'bits' };
    case 'int8':
    case 'int16':
    case 'int32':
    case 'date':
      return words(1, 'signed');
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return words(1, 'unsigned');
    case 'int64':
    case 'timestamp':
    case 'duration':
      return words(2, 'signed');
    case 'uint64':
      return words(2, 'unsigned');
    case 'time':
      return words(type.unit === 's' || type.unit === 'ms' ? 1 : 2, 'signed');
    case 'float32':
      return words(1, 'float');
    case 'float64':
      return words(2, 'float');
    case 'utf8':
    case 'binary':
      return { form: 'strings' };
    case 'dictionary':
      return { form: 'entries' };
    case 'float16':
      return { form: 'fixed', bytes: 2 };
    case 'fixed_binary':
      return { form: 'fixed', bytes: type.width };
    case 'decimal':
      return { form: 'fixed', bytes: decimalBytes(type.precision) };
    default:
      throw notOwn(type);
  }
}

/** The bytes of two's complement that hold so many digits: as few as will do, as readers expect. */
function decimalBytes(precision: number): number {
  const largest = 10n ** BigInt(precision) - 1n;
  let bytes = 1;
  while (BigInt.asIntN(bytes * 8, largest) !== largest) bytes += 1;
  return bytes;
}

/** The column with its values as they are stored: small integers as words, decimals with their highest byte first. */
export function storedColumn(column: ColumnData, type: DataType): ColumnData {
  const { values } = column;
  if (values instanceof Int8Array || values instanceof Int16Array) {
    return { ...column, values: Int32Array.from(values) };
  }
  if (type.kind === 'uint8' || type.kind === 'uint16') {
    return { ...column, values: Int32Array.from(values as Uint16Array) };
  }
  return type.kind === 'decimal' ? { ...column, values: bigEndian(values as Uint32Array, type) } : column;
}

function bigEndian(units: Uint32Array, type: DataType & { readonly kind: 'decimal' }): Uint8Array {
  const wide = type.bits / 8;
  const bytes = decimalBytes(type.precision);
  const source = new Uint8Array(units.buffer, units.byteOffset, units.byteLength);
  const rows = source.length / wide;
  const made = new Uint8Array(rows * bytes);
  for (let row = 0; row < rows; row++) {
    // The low bytes come first there, last here; those that are left out repeat the sign.
    for (let at = 0; at < bytes; at++) made[(row + 1) * bytes - 1 - at] = source[row * wide + at] as number; // in range
  }
  return made;
}
