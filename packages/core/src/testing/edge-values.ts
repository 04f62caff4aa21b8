// Owns the values at the edges of each type of column: what encoders have been seen to round, drop or take for null.
import type { Field, Schema } from '../batch/schema.js';
import { moreEdges } from './more-values.js';
import { sampleRows } from './sample.js';

const dayMs = 86_400_000;
/** The utmost that a Date can hold, in milliseconds. */
const utmostMs = 8.64e15;
const texts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\r\n',
  '\t',
  '\ufeff',
  'null',
  'NaN',
  '\\N',
  '"',
  ',',
  '\u{10ffff}',
  'e\u0301',
  'x'.repeat(2 ** 20),
];

/**
 * Values at the edges of a column's type, in the forms that `sampleRows` has; null among them where it may be.
 */
export function edgeValues({ type, nullable }: Field): readonly unknown[] {
  return [...valuesOf(type), ...(nullable ? [null] : [])];
}

function valuesOf(type: Field['type']): readonly unknown[] {
  switch (type.kind) {
    case 'bool':
      return [true, false];
    case 'int32':
      return [0, -1, 2 ** 31 - 1, -(2 ** 31)];
    case 'int64':
      if (type.js === 'number') return [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
      return [0n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
    case 'float64':
      return [
        Number.NaN,
        -0,
        0,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        Number.MAX_VALUE,
        Number.MIN_VALUE,
        0.1 + 0.2,
        -1e-7,
        1e21,
      ];
    case 'timestamp':
      if (type.js === 'bigint') return [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)];
      if (type.js === 'number') return [0, -1, Number.MAX_SAFE_INTEGER];
      // Nanoseconds of 64 bits end in 2262; these are doubles when they are counted in nanoseconds, too.
      if (type.unit === 'ns') return [0, -1_000, 4e12, -4e12].map((ms) => new Date(ms));
      return [0, -1_000, -62_135_596_800_000, utmostMs, -utmostMs].map((ms) => new Date(ms));
    case 'date':
      return [0, -1, -719_162, utmostMs / dayMs, -utmostMs / dayMs].map((day) => new Date(day * dayMs));
    case 'utf8':
    case 'dictionary':
      return texts;
    default:
      return moreEdges(type);
  }
}

/** Three rows: the value stands in the middle one, between ordinary ones. */
export function rowsAround(schema: Schema, field: Field, value: unknown): Record<string, unknown>[] {
  return sampleRows(schema, 3).map((row, at) => (at === 1 ? { ...row, [field.name]: value } : row));
}

/** A short name of a value for a message. */
export function nameOfValue(value: unknown): string {
  if (typeof value === 'string' && value.length > 20) return `a string of ${value.length} characters`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Date) return value.toISOString();
  return Object.is(value, -0) ? '-0' : String(value);
}
