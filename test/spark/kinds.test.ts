// That the types of functions and joins are those of the values that Spark gives: the compiler holds the words below against the
// types, and the test holds them against the rows.
import { col, connectSpark, type DataFrame, lit, type SparkSession, window } from '@tailrace/adapters/spark';
import * as F from '@tailrace/adapters/spark/functions';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

let spark: SparkSession;
beforeAll(async () => {
  spark = await connectSpark(inject('sparkUrl'), { userId: 'kinds' });
});
afterAll(() => spark.close());

/** What a value of a type is in JavaScript. Null besides is allowed and not told. */
type KindOf<T> =
  NonNullable<T> extends bigint
    ? 'bigint'
    : NonNullable<T> extends number
      ? 'number'
      : NonNullable<T> extends string
        ? 'string'
        : 'unknown';
type Kinds<R> = { readonly [K in keyof R]: KindOf<R[K]> };

/** Int, bigint, decimal (a text) and double of Spark. */
interface Numbers {
  i: number;
  n: bigint;
  d: string;
  x: number;
}
const numbers = (): DataFrame<Numbers> =>
  spark.sql<Numbers>('SELECT 3 AS i, 4L AS n, CAST(2.75 AS DECIMAL(10,2)) AS d, 2.5D AS x');
const [i, n, d, x] = [col<number>('i'), col<bigint>('n'), col<string>('d'), col<number>('x')];

async function check<R extends object>(frame: DataFrame<R>, kinds: Kinds<R>): Promise<void> {
  const [row] = await frame.collect();
  const found = Object.entries(row ?? {}).map(([name, value]) => [name, typeof value]);
  expect(Object.fromEntries(found)).toEqual(kinds);
}

test('functions of a number give the type of their column', async () => {
  await check(numbers().select({ i: F.abs(i), n: F.abs(n), d: F.abs(d), x: F.abs(x), lit: F.abs(lit(-3)) }), {
    i: 'number',
    n: 'bigint',
    d: 'string',
    x: 'number',
    lit: 'number',
  });
  await check(numbers().select({ i: F.round(i), n: F.round(n), d: F.round(d, 1), x: F.round(x, 1) }), {
    i: 'number',
    n: 'bigint',
    d: 'string',
    x: 'number',
  });
  await check(numbers().select({ i: F.bround(i), n: F.bround(n), d: F.bround(d, 1), x: F.bround(x) }), {
    i: 'number',
    n: 'bigint',
    d: 'string',
    x: 'number',
  });
  await check(numbers().select({ i: F.ceil(i), n: F.ceil(n), d: F.ceil(d), x: F.ceil(x) }), {
    i: 'bigint',
    n: 'bigint',
    d: 'string',
    x: 'bigint',
  });
  await check(numbers().select({ i: F.floor(i), n: F.floor(n), d: F.floor(d), x: F.floor(x) }), {
    i: 'bigint',
    n: 'bigint',
    d: 'string',
    x: 'bigint',
  });
});

test('functions of bits give the type of their column', async () => {
  await check(
    numbers().select({
      i: F.bitwiseNot(i),
      n: F.bitwiseNot(n),
      leftI: F.shiftLeft(i, 1),
      leftN: F.shiftLeft(n, 1),
      rightI: F.shiftRight(i, 1),
      rightN: F.shiftRight(n, 1),
    }),
    { i: 'number', n: 'bigint', leftI: 'number', leftN: 'bigint', rightI: 'number', rightN: 'bigint' },
  );
  await check(numbers().agg({ i: F.bitAnd(i), n: F.bitOr(n), xor: F.bitXor(n) }), {
    i: 'number',
    n: 'bigint',
    xor: 'bigint',
  });
});

test('aggregates give what their column is, or a mean of it', async () => {
  await check(numbers().agg({ i: F.avg(i), n: F.avg(n), d: F.avg(d), x: F.avg(x) }), {
    i: 'number',
    n: 'number',
    d: 'string',
    x: 'number',
  });
  await check(
    numbers().agg({
      min: F.min(n),
      max: F.max(d),
      mode: F.mode(i),
      first: F.first(n),
      last: F.last(x),
      maxBy: F.maxBy(d, 'i'),
      minBy: F.minBy(n, 'i'),
      near: F.percentileApprox(n, 0.5),
      median: F.median(d),
      percentile: F.percentile(d, 0.5),
      product: F.product(n),
      spread: F.stddevPop(d),
    }),
    {
      min: 'bigint',
      max: 'string',
      mode: 'number',
      first: 'bigint',
      last: 'number',
      maxBy: 'string',
      minBy: 'bigint',
      near: 'bigint',
      median: 'number',
      percentile: 'number',
      product: 'number',
      spread: 'number',
    },
  );
});

test('functions of two numbers, and of a window, give what is said of them', async () => {
  const all = window.partitionBy('i').orderBy('n');
  await check(
    numbers().select({
      pmod: F.pmod<bigint>(n, lit(3)),
      pmodI: F.pmod<number>(i, lit(2)),
      nanvl: F.nanvl(x, n),
      signum: F.signum(d),
      nth: F.nthValue(d, 1).over(all),
      lag: F.lag(n, 0).over(all),
      lead: F.lead(x, 0).over(all),
    }),
    {
      pmod: 'bigint',
      pmodI: 'number',
      nanvl: 'number',
      signum: 'number',
      nth: 'string',
      lag: 'bigint',
      lead: 'number',
    },
  );
});

test('joins give null where a side has no row, and only where their type says so', async () => {
  const people = (): DataFrame<{ town: string; people: bigint }> =>
    spark.sql(`SELECT * FROM VALUES ('a', 1L), ('b', 2L) AS t(town, people)`);
  const roads = (): DataFrame<{ town: string; km: number }> =>
    spark.sql(`SELECT * FROM VALUES ('b', 3), ('c', 4) AS t(town, km)`);
  const both = { town: 'b', people: 2n, km: 3 };
  type Row = { town: string; people: bigint | null; km: number | null };
  const left: { town: string; people: bigint; km: number | null }[] = await people()
    .join(roads(), 'town', 'left')
    .orderBy('town')
    .collect();
  expect(left).toEqual([{ town: 'a', people: 1n, km: null }, both]);
  const right: { town: string; people: bigint | null; km: number }[] = await people()
    .join(roads(), 'town', 'right')
    .orderBy('town')
    .collect();
  expect(right).toEqual([both, { town: 'c', people: null, km: 4 }]);
  const full: Row[] = await people().join(roads(), 'town', 'full').orderBy('town').collect();
  expect(full).toEqual([{ town: 'a', people: 1n, km: null }, both, { town: 'c', people: null, km: 4 }]);
  const semi: { town: string; people: bigint }[] = await people().join(roads(), 'town', 'leftSemi').collect();
  expect(semi).toEqual([{ town: 'b', people: 2n }]);
  const anti: { town: string; people: bigint }[] = await people().join(roads(), 'town', 'leftAnti').collect();
  expect(anti).toEqual([{ town: 'a', people: 1n }]);
});
