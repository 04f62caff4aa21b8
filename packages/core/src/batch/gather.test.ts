import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchData, ColumnData } from './batch.js';
import { createGatherer, gather } from './gather.js';
import { rowReader } from './row-reader.js';
import { bool, defineSchema, dictionary, float64, int32, int64, nullable, utf8 } from './schema.js';
import { layDown } from './text-layout.js';

const schema = defineSchema({
  n: nullable(int32()),
  big: nullable(int64()),
  x: nullable(float64()),
  flag: nullable(bool()),
  text: nullable(utf8()),
  word: nullable(dictionary()),
});

function bitsOf(flags: readonly boolean[]): Uint8Array {
  const bits = new Uint8Array((flags.length + 7) >> 3);
  for (const [at, flag] of flags.entries()) if (flag) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
  return bits;
}

const row = fc.record({
  valid: fc.boolean(),
  n: fc.integer(),
  text: fc.oneof(
    fc.constantFrom('CA', 'NY', 'é', 'a text of more than thirty-two bytes, copied as one'),
    fc.string(),
  ),
});

function batchOf(rows: readonly { valid: boolean; n: number; text: string }[], nulls: boolean): BatchData {
  const nullCount = nulls ? rows.filter(({ valid }) => !valid).length : 0;
  const validity = nullCount === 0 ? null : bitsOf(rows.map(({ valid }) => valid));
  const plain = { nullCount, validity, offsets: null, dictionary: null };
  const words = [...new Set(rows.map(({ text }) => text))];
  const text = layDown(rows.map((each) => each.text));
  const columns: ColumnData[] = [
    { ...plain, values: Int32Array.from(rows, ({ n }) => n) },
    { ...plain, values: BigInt64Array.from(rows, ({ n }) => BigInt(n) * 7_000_000_001n) },
    { ...plain, values: Float64Array.from(rows, ({ n }) => (n === 0 ? Number.NaN : n / 3)) },
    { ...plain, values: bitsOf(rows.map(({ n }) => n % 2 === 0)) },
    { ...plain, values: text.values, offsets: text.offsets },
    {
      ...plain,
      values: Int32Array.from(rows, (each) => words.indexOf(each.text)),
      dictionary: layDown(words),
    },
  ];
  return { schema, rows: rows.length, bytes: 0, columns };
}

describe('createGatherer', () => {
  it('holds exactly the rows that were appended, in that order, from any batches', () => {
    const piece = fc.record({
      rows: fc.array(row, { minLength: 1, maxLength: 20 }),
      nulls: fc.boolean(),
      picks: fc.array(fc.nat(), { maxLength: 30 }),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.nat(5), (pieces, takeAfter) => {
        const gatherer = createGatherer(schema);
        let expected: unknown[] = [];
        for (const [at, { rows, nulls, picks }] of pieces.entries()) {
          const data = batchOf(rows, nulls);
          const all = [...rowReader(data)];
          const indices = Int32Array.from(picks, (pick) => pick % rows.length);
          gatherer.append(data, indices);
          expected.push(...Array.from(indices, (index) => all[index]));
          expect(gatherer.rows).toBe(expected.length);
          if (at !== takeAfter) continue;
          expect([...rowReader(gatherer.take())]).toEqual(expected);
          expect([gatherer.rows, gatherer.bytes]).toEqual([0, 0]);
          expected = [];
        }
        const bytes = gatherer.bytes;
        const taken = gatherer.take();
        expect([...rowReader(taken)]).toEqual(expected);
        expect([taken.rows, taken.bytes]).toEqual([expected.length, bytes]);
      }),
    );
  });

  it('keeps the columns that were named, in their order', () => {
    const data = batchOf([{ valid: true, n: 4, text: 'x' }], false);
    const gatherer = createGatherer(schema, [4, 0]);
    gatherer.append(data, Int32Array.of(0, 0));
    expect([...rowReader(gatherer.take())]).toEqual([
      { text: 'x', n: 4 },
      { text: 'x', n: 4 },
    ]);
  });

  it('keeps the bits of NaN and grows over many appends', () => {
    const odd = new Float64Array(1);
    new Uint32Array(odd.buffer).set([0xdeadbeef, 0x7ff80001]);
    const one = defineSchema({ x: float64() });
    const data = {
      schema: one,
      rows: 1,
      bytes: 8,
      columns: [{ nullCount: 0, validity: null, values: odd, offsets: null, dictionary: null }],
    };
    const gatherer = createGatherer(one);
    for (let at = 0; at < 3_000; at++) gatherer.append(data, Int32Array.of(0));
    const { values } = gatherer.take().columns[0] as ColumnData;
    expect(Array.from(new Uint32Array(values.buffer, values.byteOffset + 2_999 * 8, 2))).toEqual([
      0xdeadbeef, 0x7ff80001,
    ]);
  });

  it('gathers from one batch in one call', () => {
    const data = batchOf(
      [1, 2, 3].map((n) => ({ valid: n !== 2, n, text: `t${n}` })),
      true,
    );
    const back = [...rowReader(gather(data, Uint32Array.of(2, 1)))];
    const all = [...rowReader(data)];
    expect(back).toEqual([all[2], all[1]]);
  });

  it('refuses a column number that does not exist', () => {
    expect(() => createGatherer(schema, [9])).toThrow(/no column number 9/);
  });
});
