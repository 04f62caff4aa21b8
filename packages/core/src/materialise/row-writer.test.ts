import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, batchData } from '../batch/batch.js';
import { contentBytes } from '../batch/content-bytes.js';
import {
  bool,
  type ColumnType,
  date,
  defineSchema,
  dictionary,
  float64,
  int32,
  int64,
  nullable,
  type Schema,
  timestamp,
  utf8,
} from '../batch/schema.js';
import { createColumns } from './columns.js';
import { createTestMemory } from './test-rig.js';

interface Outcome {
  readonly batches: { rows: unknown[]; bytes: number }[];
  readonly errors: string[];
  readonly held: number;
}

/** What becomes of the items, with generated code or without. */
function written(schema: Schema, items: readonly unknown[], generated: boolean, bytes = 2_000): Outcome {
  const { budget, slabs } = createTestMemory();
  const site = { stage: 's', item: 0 };
  const columns = createColumns(schema, slabs, site, { rows: 1_000, bytes }, generated);
  const batches: Outcome['batches'] = [];
  const errors: string[] = [];
  const seal = (): void => {
    const batch = columns.seal();
    batches.push({ rows: readable(batch), bytes: contentBytes(batchData(batch)) });
    batch.release();
  };
  for (const item of items) {
    try {
      if (columns.append(item)) seal();
    } catch (error) {
      errors.push(String(error));
    }
    site.item += 1;
  }
  if (!columns.isEmpty()) seal();
  columns.free();
  return { batches, errors, held: budget.usedBytes };
}

/** The rows, or why the first one that is not readable is not: a bigint may be too large for its column's form in rows. */
function readable(batch: Batch<unknown>): unknown[] {
  const rows: unknown[] = [];
  try {
    for (const row of batch.toRows()) rows.push(row);
  } catch (error) {
    rows.push(String(error));
  }
  return rows;
}

const inherited = defineSchema({
  a: nullable(float64()),
  constructor: nullable(float64()),
  ['__proto__']: nullable(float64()),
});

describe('the writer of rows', () => {
  it('reads properties by name, absent ones as null, and only own ones where every object has one', () => {
    const items: unknown[] = [
      { a: 1, constructor: 2 },
      { constructor: 3, a: 4 },
      { a: 5 },
      {},
      JSON.parse('{"__proto__": 6}'),
      { b: 7 },
      null,
      [8],
    ];
    for (const generated of [true, false]) {
      const { batches, errors } = written(inherited, items, generated);
      const rows = batches.flatMap((batch) => batch.rows) as Record<string, unknown>[];
      expect(rows.map((row) => Object.values(row))).toEqual([
        [1, 2, null],
        [4, 3, null],
        [5, null, null],
        [null, null, null],
        [null, null, 6],
      ]);
      expect(errors).toEqual([
        expect.stringContaining('"b" is no column'),
        expect.stringContaining('null came'),
        expect.stringContaining('an array of 1 came'),
      ]);
    }
  });

  it('does the same with generated code and without, whatever comes', () => {
    const types: Record<string, ColumnType<unknown>> = {
      bool: bool(),
      int32: int32(),
      big: int64(),
      small: int64({ js: 'number' }),
      double: float64(),
      millis: timestamp(),
      micros: timestamp('us'),
      ticks: timestamp('ns', { js: 'bigint' }),
      count: timestamp('ms', { js: 'number' }),
      day: date(),
      text: utf8(),
      word: dictionary(),
    };
    const names = Object.keys(types);
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        undefined,
        true,
        false,
        0,
        -0,
        1.5,
        2 ** 31,
        2 ** 53,
        Number.NaN,
        -(2 ** 40),
      ),
      fc.constantFrom<unknown>(0n, -1n, 2n ** 63n, -(2n ** 63n), '', 'a', 'é', '\ud800', 'x'.repeat(49)),
      fc.constantFrom<unknown>(new Date(0), new Date(Number.NaN), new Date(86_400_000), {}, []),
      fc.integer(),
      fc.double(),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.date({ noInvalidDate: true }),
    );
    /** Mostly what the column takes, so that rows are taken too. */
    const fitting: Record<string, fc.Arbitrary<unknown>> = {
      bool: fc.boolean(),
      int32: fc.integer(),
      big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      small: fc.maxSafeInteger(),
      double: fc.double(),
      millis: fc.date({ noInvalidDate: true }),
      micros: fc.date({ noInvalidDate: true }),
      ticks: fc.bigInt({ min: 0n, max: 2n ** 62n }),
      count: fc.maxSafeInteger(),
      day: fc.integer({ min: -10_000, max: 10_000 }).map((days) => new Date(days * 86_400_000)),
      text: fc.string({ unit: 'grapheme', maxLength: 60 }),
      word: fc.string({ unit: 'binary-ascii', maxLength: 2 }),
    };
    const row = fc.record(
      Object.fromEntries(
        Object.entries(fitting).map(([name, fits]) => [
          name,
          fc.oneof({ weight: 40, arbitrary: fits }, { weight: 4, arbitrary: fc.constant(null) }, value),
        ]),
      ),
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.boolean(), (items, allNullable) => {
        const schema = defineSchema(
          Object.fromEntries(
            Object.entries(types).map(([name, type]) => [name, allNullable ? nullable(type) : type]),
          ),
        );
        expect(schema.fields.map((field) => field.name)).toEqual(names);
        const [made, plain] = [written(schema, items, true), written(schema, items, false)];
        expect(made).toEqual(plain);
        expect(made.held).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('counts the text of both kinds towards the size of a batch alike', () => {
    const items = Array.from({ length: 500 }, (_, at) => ({
      text: 'x'.repeat(at % 70),
      word: `w${at % 40}`,
    }));
    const schema = defineSchema({ text: utf8(), word: dictionary() });
    const sizes = (generated: boolean): number[] =>
      written(schema, items, generated, 900).batches.map(({ rows }) => rows.length);
    expect(sizes(true)).toEqual(sizes(false));
    expect(sizes(true).length).toBeGreaterThan(10);
  });
});
