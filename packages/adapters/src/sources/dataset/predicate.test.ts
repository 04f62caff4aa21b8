import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFooter } from '../parquet/parquet-file.js';
import { openDataset } from './open-dataset.js';
import { type AnyPredicate, columnsOf, rowTest } from './predicate.js';
import { mayMatch } from './prune.js';

const never = new AbortController().signal;

describe('a predicate', () => {
  it('is met by no null, whatever it compares, and tells null by isNull', () => {
    for (const op of ['=', '!=', '<', '<=', '>', '>='] as const) {
      expect(rowTest({ column: 'a', op, value: 1 })({ a: null })).toBe(false);
    }
    expect(rowTest({ column: 'a', op: 'isNull' })({ a: null })).toBe(true);
    expect(rowTest({ column: 'a', op: 'isNotNull' })({ a: null })).toBe(false);
  });

  it('compares bigints beyond 2^53 and numbers exactly, and NaN with nothing', () => {
    const test = rowTest({ column: 'a', op: '>', value: 2 ** 53 });
    expect(test({ a: 2n ** 53n + 1n })).toBe(true);
    expect(test({ a: 2n ** 53n })).toBe(false);
    expect(rowTest({ column: 'a', op: '=', value: Number.NaN })({ a: Number.NaN })).toBe(false);
    expect(rowTest({ column: 'a', op: '!=', value: 1 })({ a: Number.NaN })).toBe(true);
  });

  it('orders text as its UTF-8 bytes are ordered', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const isLess = Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
        expect(rowTest({ column: 'a', op: '<', value: b })({ a })).toBe(isLess);
      }),
    );
  });

  it('is refused by name when it is none, or compares what has no order', () => {
    const bad: unknown[] = [
      null,
      {},
      { column: 'a', op: '~', value: 1 },
      { and: 1 },
      { column: 'a', op: '=', value: {} },
    ];
    for (const predicate of bad) {
      // As from JavaScript.
      expect(() => columnsOf(predicate as AnyPredicate)).toThrow(
        expect.objectContaining({ code: 'PLAN_INVALID' }),
      );
    }
    expect(() => rowTest({ column: 'a', op: '=', value: 1 })({ a: '1' })).toThrow(/"a", which holds text/);
  });
});

const value = fc.integer({ min: -3, max: 3 });
const comparison: fc.Arbitrary<AnyPredicate> = fc.oneof(
  fc.record({
    column: fc.constantFrom('a', 'b'),
    op: fc.constantFrom('=', '!=', '<', '<=', '>', '>='),
    value,
  }),
  fc.record({ column: fc.constantFrom('a', 'b'), op: fc.constant('in' as const), value: fc.array(value) }),
  fc.record({
    column: fc.constantFrom('a', 'b'),
    op: fc.constantFrom('isNull' as const, 'isNotNull' as const),
  }),
);
const predicate: fc.Arbitrary<AnyPredicate> = fc.letrec<{ any: AnyPredicate }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    comparison,
    fc.record({ and: fc.array(tie('any'), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('any'), { maxLength: 3 }) }),
  ),
})).any;

describe('pruning by bounds', () => {
  it('never leaves out a group that holds a row that is met', () => {
    const row = fc.record({ a: fc.option(value), b: fc.option(fc.oneof(value, fc.constant(Number.NaN))) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), predicate, (rows, where) => {
        const boundsOf = (column: string) => {
          const all = rows.map((one) => (column === 'a' ? one.a : one.b));
          const values = all.filter((one) => one !== null && !Number.isNaN(one)).map(Number);
          return {
            min: values.length === 0 ? undefined : Math.min(...values),
            max: values.length === 0 ? undefined : Math.max(...values),
            mayBeNull: all.includes(null),
            mayBeValue: all.some((one) => one !== null),
            mayBeNaN: column === 'b',
          };
        };
        if (rows.some(rowTest(where))) expect(mayMatch(where, boundsOf)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves out row groups that cannot match, and gives the rows that DuckDB gives', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tailrace-prune-'));
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    try {
      const path = join(folder, 'x.parquet');
      await connection.run(
        `copy (select i, 'key' || lpad(i::varchar, 6, '0') as name, (date '2001-01-01' + (i // 100)::int) as day,
           make_timestamp(i * 1000001) as at, case when i < 5000 then i / 3 end as share
           from range(20000) t(i)) to '${path}' (format parquet, row_group_size 2048)`,
      );
      expect(readFooter(path).rowGroups.length).toBeGreaterThan(5);
      const cases: readonly (readonly [AnyPredicate, string])[] = [
        [{ column: 'i', op: '>=', value: 19_000n }, 'i >= 19000'],
        [
          { column: 'name', op: 'in', value: ['key000007', 'key012345'] },
          "name in ('key000007', 'key012345')",
        ],
        [{ column: 'day', op: '<', value: new Date('2001-01-03Z') }, "day < date '2001-01-03'"],
        [{ column: 'at', op: '=', value: 5_000_005_000n }, 'epoch_us("at") = 5000005000'],
        [{ column: 'share', op: 'isNull' }, 'share is null'],
        [
          {
            and: [
              { column: 'share', op: '>', value: 1_000 },
              { column: 'i', op: '!=', value: 4_000 },
            ],
          },
          'share > 1000 and i != 4000',
        ],
      ];
      for (const [where, sql] of cases) {
        const dataset = await openDataset<Record<string, unknown>>(path, {
          where,
          columns: ['i'],
          timestamps: 'bigint',
        });
        const found: unknown[] = [];
        for await (const chunk of dataset.open(never)) found.push(...chunk.map(({ i }) => i));
        const wanted = await connection.runAndReadAll(`select i from '${path}' where ${sql} order by i`);
        expect(found).toEqual(wanted.getRowObjects().map(({ i }) => i));
      }
      // A group whose pages are damaged is not missed when it cannot match.
      const bytes = readFileSync(path);
      const [first] = readFooter(path).rowGroups;
      for (const { offset, bytes: length } of first?.chunks ?? []) bytes.fill(0xff, offset, offset + length);
      writeFileSync(path, bytes);
      const countOf = async (where: AnyPredicate): Promise<number> => {
        let count = 0;
        const dataset = await openDataset<Record<string, unknown>>(path, { where, columns: ['i'] });
        for await (const chunk of dataset.open(never)) count += chunk.length;
        return count;
      };
      expect(await countOf({ column: 'i', op: '>=', value: 19_000n })).toBe(1_000);
      await expect(countOf({ column: 'i', op: '<', value: 10n })).rejects.toMatchObject({
        code: 'SOURCE_FAILED',
      });
    } finally {
      connection.closeSync();
      instance.closeSync();
      rmSync(folder, { recursive: true });
    }
  }, 60_000);
});
