import { describe, expect, it } from 'vitest';
import { describeSchema } from '../batch/schema.js';
import { inferSchema } from './infer.js';

describe('inferSchema', () => {
  it('takes the widest type of each kind, every column nullable, in order of appearance', () => {
    const schema = inferSchema([
      { a: null, b: 1 },
      { b: 2, c: 'x', a: 5n },
      { d: new Date(0), e: true, c: null },
    ]);
    expect(describeSchema(schema)).toBe('a int64?, b float64?, c utf8?, d timestamp[ms, UTC]?, e bool?');
  });

  it('names row, column and both types when they mix', () => {
    expect(() => inferSchema([{ price: 1 }, { price: null }, { price: '1' }], 'prices')).toThrow(
      expect.objectContaining({
        code: 'VALUE_INVALID',
        message: expect.stringMatching(
          /"prices", row 2, column "price": the string "1" \(utf8\).*hold float64/,
        ),
        context: expect.objectContaining({ row: 2, column: 'price' }),
      }),
    );
  });

  it.each([
    ['an object', { x: 1 }, /an object came. Columns of arrays, objects.*declare the schema/],
    ['an array', [1, 2], /an array of 2/],
    ['a Map', new Map(), /a Map/],
    ['a symbol', Symbol('s'), /a symbol came. Inferred columns hold/],
    ['a function', () => 1, /a function/],
    ['an invalid Date', new Date(Number.NaN), /an invalid Date/],
    ['a bigint of 65 bits', 2n ** 64n, /64 bits/],
    ['a lone surrogate', '\ud800', /lone surrogates/],
  ])('refuses %s with advice', (_, value, message) => {
    expect(() => inferSchema([{ ok: 1 }, { ok: 2, v: value }])).toThrow(
      expect.objectContaining({
        code: 'VALUE_INVALID',
        message: expect.stringMatching(message),
        context: expect.objectContaining({ row: 1, column: 'v' }),
      }),
    );
  });

  it('asks for a schema when a column held only nulls', () => {
    expect(() => inferSchema([{ a: 1, b: null }, { b: undefined }])).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_INVALID',
        message: expect.stringMatching(
          /column "b", which held only null in the first 2 rows. Declare the schema/,
        ),
      }),
    );
  });

  it('asks for a schema when no row has a property: files could hold no such rows', () => {
    expect(() => inferSchema([{}, {}], 'empty')).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_INVALID',
        message: expect.stringContaining(
          '"empty": no type can be inferred for any column, as the first 2 rows',
        ),
      }),
    );
    expect(inferSchema([]).fields).toEqual([]);
    expect(describeSchema(inferSchema([{}, { a: 1 }]))).toBe('a float64?');
  });

  it('takes text for a dictionary when a sample of a thousand shows that it repeats, and calls it text', () => {
    const kinds = (rows: number, distinct: number): string[] => {
      const sample = Array.from({ length: rows }, (_, at) => ({ word: `word ${at % distinct}`, n: at }));
      return inferSchema(sample).fields.map(({ type }) => type.kind);
    };
    expect(kinds(1_024, 128)).toEqual(['dictionary', 'float64']);
    expect(kinds(1_024, 129)).toEqual(['utf8', 'float64']);
    expect(kinds(1_023, 2)).toEqual(['utf8', 'float64']);
    const schema = inferSchema(Array.from({ length: 2_000 }, () => ({ word: 'again' })));
    expect(describeSchema(schema)).toBe('word utf8?');
  });
});
