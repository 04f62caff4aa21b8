import type { BatchData, ColumnData, DataType } from '@tailrace/core/sink';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CellValue, type TestColumn, testBatch, testSchema } from '../testing/batches.js';
import { crumbs } from './crumbs.js';

type Row = readonly [boolean | null, number | null, bigint | null, string | null, string | null];
const types: readonly DataType[] = [
  { kind: 'bool' },
  { kind: 'float64' },
  { kind: 'int64', js: 'bigint' },
  { kind: 'utf8' },
  { kind: 'dictionary' },
];
const columnsOf = (rows: readonly Row[]): TestColumn[] =>
  types.map((type, at) => ({
    name: type.kind,
    type,
    nullable: true,
    values: rows.map((row) => row[at] ?? null),
  }));
const schema = testSchema(columnsOf([]));

/** The values of a column, read without any code of the package. */
function valuesOf(
  { validity, values, offsets, dictionary }: ColumnData,
  type: DataType,
  rows: number,
): CellValue[] {
  const bit = (bits: ArrayLike<number | bigint>, row: number): boolean =>
    ((Number(bits[row >> 3]) >> (row & 7)) & 1) === 1;
  const text = (bytes: Uint8Array, from: Int32Array, at: number): string =>
    Buffer.from(bytes.slice(from[at], from[at + 1])).toString();
  return Array.from({ length: rows }, (_, row) => {
    if (validity !== null && !bit(validity, row)) return null;
    if (type.kind === 'bool') return bit(values, row);
    if (offsets !== null) return text(values as Uint8Array, offsets, row); // utf8 has bytes
    if (dictionary !== null) return text(dictionary.values, dictionary.offsets, Number(values[row]));
    return values[row] ?? null;
  });
}

const read = (data: BatchData): CellValue[][] =>
  data.columns.map((column, at) => valuesOf(column, types[at] ?? { kind: 'bool' }, data.rows));

const text = fc.option(fc.constantFrom('', 'SFO', 'ü', 'a longer name'), { freq: 4, nil: null });
const row: fc.Arbitrary<Row> = fc.tuple(
  fc.option(fc.boolean(), { freq: 4, nil: null }),
  fc.option(fc.double(), { freq: 4, nil: null }),
  fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { freq: 4, nil: null }),
  text,
  text,
);

describe('crumbs', () => {
  it('are gathered without a change, whatever their sizes and wherever the nulls, and begin anew', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.array(row, { maxLength: 20 }), { maxLength: 6 }), { maxLength: 3 }),
        (rounds) => {
          const gathered = crumbs(schema);
          for (const pieces of rounds) {
            for (const piece of pieces) gathered.add(testBatch(columnsOf(piece), schema).data);
            const all = pieces.flat();
            expect(gathered.rows).toBe(all.length);
            const data = gathered.take();
            expect(data.rows).toBe(all.length);
            expect(read(data)).toEqual(columnsOf(all).map(({ values }) => values));
            expect(data.columns.map(({ nullCount }) => nullCount)).toEqual(
              columnsOf(all).map(({ values }) => values.filter((value) => value === null).length),
            );
          }
        },
      ),
    );
  });

  it('are full at 8,192 rows, 1 MiB, or less where less may be held back', () => {
    const gathered = crumbs(schema);
    const piece = (rows: number, size: number): BatchData =>
      testBatch(columnsOf(Array.from({ length: rows }, () => [true, 1, 1n, 'x'.repeat(size), null])), schema)
        .data;
    gathered.add(piece(8191, 1));
    expect(gathered.full).toBe(false);
    gathered.add(piece(1, 1));
    expect(gathered.full).toBe(true);
    gathered.take();
    expect({ full: gathered.full, rows: gathered.rows, bytes: gathered.bytes }).toEqual({
      full: false,
      rows: 0,
      bytes: 0,
    });
    gathered.add(piece(3, 400_000));
    expect(gathered.full).toBe(true);
    const tight = crumbs(schema, 96 * 1024);
    tight.add(piece(1, 90_000));
    expect(tight.full).toBe(false);
    tight.add(piece(1, 10_000));
    expect(tight.full).toBe(true);
  });
});
