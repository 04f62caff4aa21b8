// Owns the reading of flat values that take more than an array access: unsigned 64 bits, half floats, decimals, bytes.
import type { KindOf } from './data-type.js';
import { formatDecimal, readWords } from './decimal-words.js';
import { numberOfHalf } from './float16.js';
import type { Field } from './schema.js';
import { unreadable } from './value-error.js';

type Reader = (row: number) => unknown;

export function unsignedReader(values: BigUint64Array, js: 'bigint' | 'number', field: Field): Reader {
  if (js === 'bigint') return (row) => values[row] as bigint;
  return (row) => {
    const value = Number(values[row]);
    if (Number.isSafeInteger(value)) return value;
    throw unreadable(
      field,
      row,
      `the integer ${values[row]} is beyond 2^53 and has no exact number`,
      "Read the column as bigint (js: 'bigint').",
    );
  };
}

export function halfReader(values: Uint16Array): Reader {
  return (row) => numberOfHalf(values[row] as number);
}

export function decimalReader(words: Uint32Array, { bits, scale, js }: KindOf<'decimal'>): Reader {
  const count = bits / 32;
  if (js === 'bigint') return (row) => readWords(words, row * count, count);
  return (row) => formatDecimal(readWords(words, row * count, count), scale);
}

/** A copy in memory that is not shared, as rows outlive their batch. */
const copyOf = (bytes: Uint8Array, from: number, to: number): Uint8Array =>
  new Uint8Array(bytes.subarray(from, to));

export function binaryReader(bytes: Uint8Array, offsets: Int32Array): Reader {
  return (row) => copyOf(bytes, offsets[row] as number, offsets[row + 1] as number);
}

export function fixedBinaryReader(bytes: Uint8Array, width: number): Reader {
  return (row) => copyOf(bytes, row * width, (row + 1) * width);
}
