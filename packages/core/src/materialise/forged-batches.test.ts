// Batches of every type of column whose memory user code has changed: what cannot be read as its type is refused, and what
// is taken can be read to its last row.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, batchData } from '../batch/batch.js';
import type { ColumnData } from '../batch/batch-data.js';
import { batchError } from '../batch/check-batch.js';
import type { Field } from '../batch/data-type.js';
import { isTailraceError } from '../errors/tailrace-error.js';
import { anyTable } from './column-types-fixtures.js';
import { buildBatches, createTestMemory } from './test-rig.js';

const seed = 20_261_126;
const told = (batch: Batch<unknown>): string | undefined => batchError(batch, 'Stage "a"', 'test')?.message;

/** The column and those within it, with the number of their rows. */
function* columnsIn(column: ColumnData, field: Field, rows: number): Generator<Place> {
  yield { column, field, rows };
  const { type } = field;
  const within = column.children ?? [];
  const inner =
    type.kind === 'list' || type.kind === 'fixed_list'
      ? [type.item]
      : type.kind === 'struct'
        ? type.fields
        : [];
  const count =
    type.kind === 'fixed_list'
      ? rows * type.size
      : type.kind === 'list'
        ? (column.offsets?.[rows] ?? 0)
        : rows;
  for (const [at, one] of inner.entries()) {
    const child = within[at];
    if (child !== undefined) yield* columnsIn(child, one, count);
  }
}

interface Place {
  readonly column: ColumnData;
  readonly field: Field;
  readonly rows: number;
}

/** Changes something that is a mistake whatever stands around it; false where the column has nothing of the kind. */
const forgeries: Readonly<Record<string, (place: Place) => boolean>> = {
  'an offset before the one before it': ({ column: { offsets }, rows }) => {
    if (offsets === null || rows === 0) return false;
    offsets[rows] = -1;
    return true;
  },
  'an offset beyond the bytes': ({ column: { offsets, values }, field, rows }) => {
    if (offsets === null || rows === 0 || field.type.kind === 'list' || field.type.kind === 'map')
      return false;
    offsets[rows] = values.length + 1;
    return true;
  },
  'a code beyond the dictionary': ({ column: { dictionary, values, validity }, rows }) => {
    const row = Array.from({ length: rows }, (_, at) => at).find((at) => isThere(validity, at));
    if (dictionary === null || row === undefined) return false;
    values[row] = dictionary.length;
    return true;
  },
  'a negative code': ({ column: { dictionary, values, validity }, rows }) => {
    const row = Array.from({ length: rows }, (_, at) => at).find((at) => isThere(validity, at));
    if (dictionary === null || row === undefined) return false;
    values[row] = -1;
    return true;
  },
  'a null more or less': ({ column: { validity }, field, rows }) => {
    if (validity === null || rows === 0 || field.type.kind === 'null') return false;
    validity[0] = (validity[0] ?? 0) ^ 1;
    return true;
  },
  'bytes that are no text': ({ column: { values, offsets, dictionary }, field, rows }) => {
    const text = field.type.kind === 'utf8' ? values : dictionary?.values;
    const ends = field.type.kind === 'utf8' ? offsets : dictionary?.offsets;
    const end = ends?.[field.type.kind === 'utf8' ? rows : (dictionary?.length ?? 0)] ?? 0;
    if (!(text instanceof Uint8Array) || end === 0) return false;
    text[end - 1] = 0xff;
    return true;
  },
};

const isThere = (validity: Uint8Array | null, row: number): boolean =>
  validity === null || ((validity[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;

describe('a batch of any types', { timeout: 120_000 }, () => {
  const batches = anyTable(9).map(({ schema, rows }) => {
    const [batch] = buildBatches(rows, { memory: createTestMemory(), schema });
    return { schema, batch };
  });

  it('is taken as it was made, after its columns were looked at', () => {
    fc.assert(
      fc.property(batches, ({ batch }) => {
        if (batch === undefined) return;
        expect(batch.data.columns).toBeDefined();
        expect(told(batch)).toBeUndefined();
      }),
      { seed },
    );
  });

  it.each(Object.entries(forgeries))('is refused with %s, wherever that stands', (_, forge) => {
    let forged = 0;
    fc.assert(
      fc.property(batches, fc.nat(), ({ schema, batch }, choice) => {
        if (batch === undefined) return;
        const { columns, rows } = batch.data;
        const places = schema.fields.flatMap((field, at) => {
          const column = columns[at];
          return column === undefined ? [] : [...columnsIn(column, field, rows)];
        });
        const place = places[choice % places.length];
        if (place === undefined || !forge(place)) return;
        forged += 1;
        expect(told(batch)).toContain('emitted a batch that');
        expect(batchData(batch).rows).toBe(rows);
      }),
      { seed, numRuns: 300 },
    );
    expect(forged).toBeGreaterThan(4);
  });

  it('is refused or read to its end when any of its bytes were changed', () => {
    let taken = 0;
    fc.assert(
      fc.property(batches, fc.nat(), fc.nat(), fc.nat(255), ({ batch }, which, where, byte) => {
        if (batch === undefined) return;
        const buffers = batch.data.columns.flatMap(buffersOf);
        const buffer = buffers[which % Math.max(1, buffers.length)];
        if (buffer === undefined) return;
        buffer[where % buffer.length] = byte;
        if (told(batch) !== undefined) return;
        taken += 1;
        const read = countOf(batch);
        if (read !== undefined) expect(read).toBe(batch.rows);
      }),
      { seed, numRuns: 300 },
    );
    expect(taken).toBeGreaterThan(4);
  });
});

/** Undefined where a value is refused by name, as two entries of a map with the same key are. */
function countOf(batch: Batch<unknown>): number | undefined {
  try {
    return [...batch.toRows()].length;
  } catch (error) {
    if (isTailraceError(error) && error.code === 'VALUE_INVALID') return undefined;
    throw error;
  }
}

function buffersOf({ validity, values, offsets, dictionary, children = [] }: ColumnData): Uint8Array[] {
  const views = [validity, values, offsets, dictionary?.values, dictionary?.offsets];
  const own = views.flatMap((view) =>
    view == null || view.byteLength === 0
      ? []
      : [new Uint8Array(view.buffer, view.byteOffset, view.byteLength)],
  );
  return [...own, ...children.flatMap(buffersOf)];
}
