// Owns the rows that the conformance suites write: repeatable, with nulls and awkward text where columns allow them.
import type { Batch } from '../batch/batch.js';
import { batchOfRows } from '../batch/batch-of-rows.js';
import {
  bool,
  date,
  defineSchema,
  dictionary,
  type Field,
  float64,
  int32,
  int64,
  nullable,
  type Schema,
  timestamp,
  utf8,
} from '../batch/schema.js';
import { moreCells } from './more-values.js';

/** The types that inferred columns may have, and int32 and date, with and without nulls. */
export const sampleSchema: Schema = defineSchema({
  id: int64(),
  small: nullable(int32()),
  ratio: nullable(float64()),
  flag: nullable(bool()),
  at: nullable(timestamp('ms')),
  day: nullable(date()),
  text: nullable(utf8()),
  kind: dictionary(),
});

const texts = [
  'plain',
  '',
  'with, comma',
  'with "quotes"',
  'line\nbreak',
  'grüße 漢字 😀',
  "a'b\\c",
  ' spaces ',
];
const kinds = ['red', 'green', 'blue'];
const dayMs = 86_400_000;

/**
 * Rows of a schema for tests; the same every time.
 * @param first number of the first row: rows 5 to 8 are `sampleRows(schema, 3, 5)`
 */
export function sampleRows(schema: Schema, count: number, first = 0): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, at) =>
    Object.fromEntries(schema.fields.map((field, column) => [field.name, cellOf(field, first + at, column)])),
  );
}

/** `sampleRows` as a batch. */
export function sampleBatch(schema: Schema, count: number, first = 0): Batch<unknown> {
  return batchOfRows<object>({ fields: schema.fields }, sampleRows(schema, count, first));
}

/** Rows that no codec makes much smaller, the same every time: for cases that count bytes. */
export function noisyBatch(schema: Schema, count: number, first: number): Batch<unknown> {
  const next = noise(first + 1);
  const rows = sampleRows(schema, count, first).map((row) =>
    Object.fromEntries(schema.fields.map((field) => [field.name, noisyCell(field, row[field.name], next)])),
  );
  return batchOfRows<object>({ fields: schema.fields }, rows);
}

function noisyCell({ type }: Field, cell: unknown, next: () => number): unknown {
  if (type.kind === 'float64') return next() / 3;
  if (type.kind === 'int64') return type.js === 'number' ? next() : BigInt(next());
  if (type.kind === 'utf8') return Array.from({ length: 16 }, () => next().toString(36)).join('');
  return cell;
}

/** Marsaglia's xorshift of 32 bits (Journal of Statistical Software 8, 2003). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function cellOf(field: Field, row: number, column: number): unknown {
  if (field.nullable && (row + column) % 5 === 4) return null;
  const { type } = field;
  switch (type.kind) {
    case 'bool':
      return row % 3 === 0;
    case 'int32':
      return (row % 2 === 0 ? 1 : -1) * row;
    case 'int64':
      return type.js === 'number' ? row : BigInt(row);
    case 'float64':
      return row + 0.5;
    case 'timestamp': {
      // Whole seconds: exact in every unit.
      const second = 978_307_200 + row;
      if (type.js === 'date') return new Date(second * 1_000);
      const ticks = BigInt(second) * { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n }[type.unit];
      return type.js === 'bigint' ? ticks : Number(ticks);
    }
    case 'date':
      return new Date((11_323 + row) * dayMs);
    case 'utf8':
      return texts[row % texts.length];
    case 'dictionary':
      return kinds[row % kinds.length];
    default:
      return moreCells(type, row, cellOf);
  }
}
