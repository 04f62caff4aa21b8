import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchData, ColumnData } from './batch.js';
import { createRowChecksum } from './row-checksum.js';
import { bool, date, defineSchema, dictionary, float64, int32, int64, nullable, utf8 } from './schema.js';
import { layDown } from './text-layout.js';

const schema = defineSchema({
  n: nullable(int32()),
  day: nullable(date()),
  big: nullable(int64()),
  x: nullable(float64()),
  flag: nullable(bool()),
  text: nullable(utf8()),
  word: nullable(dictionary()),
});
const columnCount = schema.fields.length;

interface Row {
  readonly valid: boolean;
  readonly n: number;
  readonly text: string;
}
/** What lies in memory where it means nothing: under nulls, beyond the last bit, before the first byte of text. */
interface Dirt {
  readonly n: number;
  readonly text: string;
}
const clean: Dirt = { n: 0, text: '' };

const text = fc.oneof(fc.constantFrom('CA', 'NY', ''), fc.string());
const rowOf = fc.record({ valid: fc.boolean(), n: fc.integer(), text });
const rowsOf = fc.array(rowOf, { minLength: 1, maxLength: 40 });
const dirtOf = fc.record({ n: fc.integer(), text });

function bitsOf(flags: readonly boolean[], beyond: boolean): Uint8Array {
  const bits = new Uint8Array((flags.length + 7) >> 3).fill(beyond ? 255 : 0);
  for (const [at, flag] of flags.entries()) {
    const mask = 1 << (at & 7);
    bits[at >> 3] = flag ? (bits[at >> 3] ?? 0) | mask : (bits[at >> 3] ?? 0) & ~mask;
  }
  return bits;
}

function batchOf(rows: readonly Row[], dirt: Dirt = clean): BatchData {
  const shown = rows.map((row) => (row.valid ? row : { ...row, ...dirt }));
  const nullCount = rows.filter(({ valid }) => !valid).length;
  const isDirty = dirt.n !== 0;
  const validity =
    nullCount === 0 && !isDirty
      ? null
      : bitsOf(
          rows.map(({ valid }) => valid),
          isDirty,
        );
  const plain = { nullCount, validity, offsets: null, dictionary: null };
  // Another order of entries, and one that no row uses.
  const words = [...new Set([dirt.text, ...shown.map((row) => row.text)])];
  if (isDirty) words.reverse();
  const before = isDirty ? 'before the first row' : '';
  const laid = layDown([before, ...shown.map((row) => row.text)]);
  const columns: ColumnData[] = [
    { ...plain, values: Int32Array.from(shown, ({ n }) => n) },
    { ...plain, values: Int32Array.from(shown, ({ n }) => n >> 3) },
    { ...plain, values: BigInt64Array.from(shown, ({ n }) => BigInt(n) * 7_000_000_001n) },
    { ...plain, values: Float64Array.from(shown, ({ n }) => (n % 5 === 0 ? Number.NaN : n / 3)) },
    {
      ...plain,
      values: bitsOf(
        shown.map(({ n }) => n % 2 === 0),
        isDirty,
      ),
    },
    { ...plain, values: laid.values, offsets: laid.offsets.subarray(1) },
    {
      ...plain,
      values: Int32Array.from(shown, (row) => words.indexOf(row.text)),
      dictionary: layDown(words),
    },
  ];
  return { schema, rows: rows.length, bytes: 0, columns };
}

function sumOf(...batches: readonly BatchData[]): readonly number[] {
  const sum = createRowChecksum();
  for (const batch of batches) sum.take(batch, 0, batch.rows);
  return sum.columns().map(({ checksum }) => checksum);
}

describe('a checksum of rows', () => {
  it('is the same wherever the rows are cut into batches, or taken in parts', () => {
    fc.assert(
      fc.property(rowsOf, fc.nat(), fc.nat(), (rows, a, b) => {
        const [first, last] = [a % (rows.length + 1), b % (rows.length + 1)].sort((x, y) => x - y);
        const whole = batchOf(rows);
        const cut = [rows.slice(0, first), rows.slice(first, last), rows.slice(last)].map((part) =>
          batchOf(part),
        );
        expect(sumOf(...cut)).toEqual(sumOf(whole));
        const parts = createRowChecksum();
        parts.take(whole, 0, first ?? 0);
        parts.take(whole, first ?? 0, last ?? 0);
        parts.take(whole, last ?? 0, rows.length);
        expect(parts.rows).toBe(rows.length);
        expect(parts.columns().map(({ checksum }) => checksum)).toEqual(sumOf(whole));
      }),
    );
  });

  it('does not see what lies in memory beside the values, nor changes it', () => {
    fc.assert(
      fc.property(rowsOf, dirtOf, (rows, dirt) => {
        const batch = batchOf(rows, dirt);
        const before = structuredClone(batch);
        expect(sumOf(batch)).toEqual(sumOf(batchOf(rows)));
        expect(batch).toEqual(before);
      }),
    );
  });

  it('takes every NaN for the same, and tells zero from minus zero', () => {
    const floats = defineSchema({ x: float64() });
    const of = (...bits: readonly bigint[]): BatchData => {
      const values = new Float64Array(BigInt64Array.from(bits).buffer);
      const column = { nullCount: 0, validity: null, values, offsets: null, dictionary: null };
      return { schema: floats, rows: values.length, bytes: 0, columns: [column] };
    };
    expect(sumOf(of(0x7ff8000000000000n, 1n))).toEqual(sumOf(of(-0x8000000000000n, 1n)));
    expect(sumOf(of(0n))).not.toEqual(sumOf(of(-0x8000000000000000n)));
  });

  it('is another one in each column whose value has changed, and in no other', () => {
    const other: Row = { valid: true, n: 1, text: 'other' };
    fc.assert(
      fc.property(rowsOf, fc.nat(), (rows, pick) => {
        const at = pick % rows.length;
        const changed = rows.with(at, { valid: true, n: 16, text: 'TX' });
        const [a, b] = [sumOf(batchOf(changed)), sumOf(batchOf(rows.with(at, other)))];
        expect(a.map((checksum, column) => checksum !== b[column])).toEqual(Array(columnCount).fill(true));
        const text = sumOf(batchOf(rows.with(at, { ...other, text: 'TX' })));
        expect(text.map((checksum, column) => checksum !== b[column])).toEqual([
          ...[false, false, false, false, false],
          ...[true, true],
        ]);
      }),
    );
  });

  it('tells null from zero and from the empty string, and one order of rows from another', () => {
    const [a, b]: Row[] = [
      { valid: true, n: 0, text: '' },
      { valid: true, n: 16, text: 'x' },
    ];
    if (a === undefined || b === undefined) throw new Error('two rows');
    const all = Array(columnCount).fill(true);
    const differ = (x: readonly number[], y: readonly number[]): boolean[] =>
      x.map((sum, at) => sum !== y[at]);
    expect(differ(sumOf(batchOf([{ ...a, valid: false }, b])), sumOf(batchOf([a, b])))).toEqual(all);
    expect(
      differ(sumOf(batchOf([{ ...a, valid: false }, a])), sumOf(batchOf([a, { ...a, valid: false }]))),
    ).toEqual(all);
    expect(differ(sumOf(batchOf([a, { ...b, n: 9 }])), sumOf(batchOf([{ ...b, n: 9 }, a])))).toEqual(all);
  });

  it('tells lengths of text apart when the bytes are the same', () => {
    const of = (...texts: readonly string[]): BatchData =>
      batchOf(texts.map((text) => ({ valid: true, n: 1, text })));
    expect(sumOf(of('ab', 'c'))[5]).not.toBe(sumOf(of('a', 'bc'))[5]);
  });
});
