// Owns what is checked of a batch that user code hands in: that this library has made it, and, when user code has had its columns
// in hand, that these still are what they were.
import { isUtf8 } from 'node:buffer';
import { messageOf, TailraceError } from '../errors/tailrace-error.js';
import { type Batch, batchData, isUntouched, wasMade } from './batch.js';
import type { ColumnData, DictionaryData } from './batch-data.js';
import type { Field } from './data-type.js';
import { innerFields, layoutOf } from './layout.js';

/**
 * SCHEMA_INVALID for a batch that was forged, and for one whose columns have been changed so that they cannot be read. One
 * whose columns nobody has seen costs nothing; else it takes a look at every null, offset, code and text.
 * @param what who hands it in, at the beginning of the sentence: `Stage "rows"`
 */
export function batchError(
  batch: Batch<unknown>,
  what: string,
  operation: string,
): TailraceError | undefined {
  const problem = isUntouched(batch) ? undefined : problemOf(batch);
  if (problem === undefined) return undefined;
  return new TailraceError(
    `${what} emitted a batch that ${problem}. Emit batches as toBatches and materialise make them, and leave ` +
      'their columns as they are.',
    { code: 'SCHEMA_INVALID', operation },
  );
}

function problemOf(batch: Batch<unknown>): string | undefined {
  if (!wasMade(batch)) return 'this library has not made';
  try {
    const { schema, rows, columns } = batchData(batch);
    if (columns.length !== schema.fields.length)
      return `has ${columns.length} columns, and ${schema.fields.length} in its schema`;
    for (const [at, field] of schema.fields.entries()) {
      const problem = columnProblem(field, columns[at], rows);
      if (problem !== undefined) return `holds a column "${field.name}" that ${problem}`;
    }
    return undefined;
  } catch (error) {
    return `cannot be read (${messageOf(error)})`;
  }
}

function columnProblem(field: Field, column: ColumnData | undefined, rows: number): string | undefined {
  if (column === undefined) return 'is not there';
  const { validity, values, offsets, dictionary, children = [] } = column;
  const views = [validity, values, offsets, dictionary?.offsets, dictionary?.values];
  for (const view of views) {
    if (view != null && view.length > 0 && !(view.buffer instanceof SharedArrayBuffer))
      return 'does not lie in shared memory';
  }
  if (validity !== null && validity.length < Math.ceil(rows / 8))
    return `has ${validity.length} bytes of nulls for ${rows} rows`;
  const nulls = validity === null ? 0 : nullsIn(validity, rows);
  if (field.type.kind !== 'null' && nulls !== column.nullCount)
    return `counts ${column.nullCount} nulls, and has ${nulls}`;
  if (nulls > 0 && !field.nullable) return `has ${nulls} nulls, and may have none`;
  const layout = layoutOf(field.type);
  switch (layout.form) {
    case 'bits':
      return lengthProblem(values, Math.ceil(rows / 8), Uint8Array);
    case 'fixed':
      return lengthProblem(values, rows * layout.perRow, layout.array);
    case 'bytes':
      return textProblem(offsets, values, rows, field.type.kind === 'utf8');
    case 'codes':
      return lengthProblem(values, rows, Int32Array) ?? codesProblem(column, dictionary, rows);
    case 'nothing':
      return undefined;
    case 'list':
    case 'fixed list':
    case 'struct':
      break;
  }
  const problem =
    layout.form === 'list' ? offsetsProblem(offsets, rows, Number.POSITIVE_INFINITY) : undefined;
  if (problem !== undefined) return problem;
  const size = layout.form === 'fixed list' ? layout.size : 1;
  const within = layout.form === 'list' ? (offsets?.[rows] ?? 0) : rows * size;
  for (const [at, inner] of innerFields(layout).entries()) {
    const found = columnProblem(inner, children[at], within);
    if (found !== undefined) return `has "${inner.name}" within, which ${found}`;
  }
  return undefined;
}

function nullsIn(validity: Uint8Array, rows: number): number {
  let nulls = 0;
  for (let row = 0; row < rows; row += 1)
    if (((validity[row >> 3] ?? 0) & (1 << (row & 7))) === 0) nulls += 1;
  return nulls;
}

type ArrayClass = abstract new (...args: never[]) => { readonly length: number };

function lengthProblem(values: unknown, wanted: number, type: ArrayClass): string | undefined {
  if (!(values instanceof type)) return `is not of ${type.name}`;
  return values.length === wanted ? undefined : `has ${values.length} values instead of ${wanted}`;
}

function offsetsProblem(offsets: Int32Array | null, rows: number, end: number): string | undefined {
  if (!(offsets instanceof Int32Array)) return 'has no offsets';
  if (offsets.length !== rows + 1) return `has ${offsets.length} offsets for ${rows} rows`;
  let before = 0;
  for (const [row, offset] of offsets.entries()) {
    if (offset < before) return `has the offset ${offset} after ${before}, at row ${row}`;
    before = offset;
  }
  return before <= end ? undefined : `has the offset ${before}, and ${end} bytes`;
}

function textProblem(
  offsets: Int32Array | null,
  values: ColumnData['values'],
  rows: number,
  isText: boolean,
): string | undefined {
  if (!(values instanceof Uint8Array)) return 'is not of Uint8Array';
  const problem = offsetsProblem(offsets, rows, values.length);
  if (problem !== undefined || offsets === null || !isText) return problem;
  const [from = 0, to = 0] = [offsets[0], offsets[rows]];
  // A copy: what is shared is not taken.
  if (!isUtf8(new Uint8Array(values.subarray(from, to)))) return 'holds bytes that are no text';
  for (const [row, offset] of offsets.entries())
    if (offset < to && ((values[offset] ?? 0) & 0xc0) === 0x80)
      return `cuts a character in two, at row ${row}`;
  return undefined;
}

function codesProblem(
  column: ColumnData,
  dictionary: DictionaryData | null,
  rows: number,
): string | undefined {
  if (dictionary === null) return 'has no dictionary';
  const { validity, values } = column;
  for (let row = 0; row < rows; row += 1) {
    const isNull = validity !== null && ((validity[row >> 3] ?? 0) & (1 << (row & 7))) === 0;
    const code = Number(values[row]);
    if (!isNull && !(code >= 0 && code < dictionary.length))
      return `has the code ${code} of ${dictionary.length}, at row ${row}`;
  }
  const problem = textProblem(dictionary.offsets, dictionary.values, dictionary.length, true);
  return problem === undefined ? undefined : `has a dictionary that ${problem}`;
}
