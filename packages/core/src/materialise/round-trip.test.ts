import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bool,
  date,
  defineSchema,
  dictionary,
  float64,
  int32,
  int64,
  nullable,
  timestamp,
  utf8,
} from '../batch/schema.js';
import { buildBatch, buildBatches } from './test-rig.js';

const dayMs = 86_400_000;
const everyType = defineSchema({
  bool: nullable(bool()),
  int32: nullable(int32()),
  big: nullable(int64()),
  small: nullable(int64({ js: 'number' })),
  double: nullable(float64()),
  seconds: nullable(timestamp('s')),
  millis: nullable(timestamp('ms', { timezone: null })),
  micros: nullable(timestamp('us')),
  nanos: nullable(timestamp('ns')),
  count: nullable(timestamp('us', { js: 'number' })),
  ticks: nullable(timestamp('ns', { js: 'bigint' })),
  day: nullable(date()),
  text: nullable(utf8()),
  word: nullable(dictionary()),
});

const int64Value = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.constantFrom('', 'a', 'CA', 'naïve', '日本', '😀', 'x'.repeat(49), 'é'.repeat(40)),
);
const maxMs = 8_640_000_000_000_000;
const nullOr = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 6 });
const time = (min: number, max: number, step = 1): fc.Arbitrary<Date> =>
  fc
    .integer({ min: Math.ceil(min / step), max: Math.floor(max / step) })
    .map((steps) => new Date(steps * step));

const row = fc.record({
  bool: nullOr(fc.boolean()),
  int32: nullOr(fc.integer()),
  big: nullOr(int64Value),
  small: nullOr(fc.maxSafeInteger()),
  double: nullOr(fc.double()),
  seconds: nullOr(time(-maxMs, maxMs, 1_000)),
  millis: nullOr(time(-maxMs, maxMs)),
  micros: nullOr(time(-maxMs, maxMs)),
  nanos: nullOr(time(-9_223_372_036_854, 9_223_372_036_854)),
  count: nullOr(fc.maxSafeInteger()),
  ticks: nullOr(int64Value),
  day: nullOr(time(-maxMs, maxMs, dayMs)),
  text: nullOr(text),
  word: nullOr(text),
});

describe('rows to columns and back', () => {
  it('gives every value back exactly, of every type, in batches of any size', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), fc.integer({ min: 1, max: 17 }), (rows, batchRows) => {
        const batches = buildBatches(rows, { schema: everyType, batchRows });
        expect(batches.map((batch) => batch.rows).every((count) => count <= batchRows)).toBe(true);
        expect(batches.flatMap((batch) => [...batch.toRows()])).toEqual(rows);
        for (const batch of batches) {
          for (const [at, column] of batch.data.columns.entries()) {
            const name = everyType.fields[at]?.name ?? '';
            const nulls = [...batch.toRows()].filter((made) =>
              Object.entries(made).some(([key, v]) => key === name && v === null),
            );
            expect(column.nullCount).toBe(nulls.length);
            expect(column.validity === null).toBe(nulls.length === 0);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('keeps NaN, infinities and the sign of zero in float64', () => {
    const values = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -0,
      0,
      5e-324,
      1.7976931348623157e308,
    ];
    const batch = buildBatch(values.map((value) => ({ value })));
    const back = [...batch.toRows()].map(({ value }) => value);
    expect(back.every((value, at) => Object.is(value, values[at]))).toBe(true);
  });

  it('keeps the extremes of 64 bits, written as bigint or as number', () => {
    const schema = defineSchema({ n: int64() });
    const written = [-(2n ** 63n), 2n ** 63n - 1n, -1n, 0n, BigInt(Number.MIN_SAFE_INTEGER)];
    // A JavaScript caller may give safe integers for int64, which the type of the rows does not say.
    const mixed: unknown[] = [...written, Number.MAX_SAFE_INTEGER, -4_294_967_297];
    const batch = buildBatch(
      mixed.map((n) => ({ n: n as bigint })),
      schema,
    );
    expect([...batch.toRows()].map(({ n }) => n)).toEqual([
      ...written,
      9_007_199_254_740_991n,
      -4_294_967_297n,
    ]);
  });

  it('takes columns named like what every object inherits, as own properties only', () => {
    const rows: Record<string, unknown>[] = [
      JSON.parse('{"__proto__": "p", "constructor": "c", "toString": "t"}'),
      JSON.parse('{"__proto__": null, "constructor": null, "toString": null}'),
      {},
    ];
    const back = [...buildBatch(rows).toRows()];
    expect(back.map((made) => Object.entries(made))).toEqual([
      [
        ['__proto__', 'p'],
        ['constructor', 'c'],
        ['toString', 't'],
      ],
      [
        ['__proto__', null],
        ['constructor', null],
        ['toString', null],
      ],
      [
        ['__proto__', null],
        ['constructor', null],
        ['toString', null],
      ],
    ]);
    expect(back.every((made) => Object.getPrototypeOf(made) === Object.prototype)).toBe(true);
  });

  it('takes column names that look like code', () => {
    const name = '"]; throw new Error(`x`); //\u2028';
    expect([...buildBatch([{ [name]: 1 }]).toRows()]).toEqual([{ [name]: 1 }]);
  });
});
