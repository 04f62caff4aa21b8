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

test('arithmetic gives the wider type of both sides', async () => {
  await check(
    numbers().select({
      ii: i.plus(i),
      nn: n.times(n),
      nLiteral: n.minus(3),
      nBig: n.mod(3n),
      nHalf: n.times(0.5),
      iLong: lit(5_000_000_000_000).plus(1),
      nHuge: n.plus(1e20),
      dd: d.times(d),
      dn: d.plus(n),
      dLiteral: d.mod(2),
      nd: n.minus(d),
      dHalf: d.times(1.5),
      nMinusBig: n.minus(lit(4n)),
    }),
    {
      ii: 'number',
      nn: 'bigint',
      nLiteral: 'bigint',
      nBig: 'bigint',
      nHalf: 'number',
      iLong: 'bigint',
      nHuge: 'number',
      dd: 'string',
      dn: 'string',
      dLiteral: 'string',
      nd: 'string',
      dHalf: 'number',
      nMinusBig: 'bigint',
    },
  );
  await check(
    numbers().select({
      nn: n.dividedBy(n),
      ii: i.dividedBy(2),
      iBig: i.dividedBy(2n),
      dd: d.dividedBy(d),
      dLiteral: d.dividedBy(2),
      nd: n.dividedBy(d),
      dHalf: d.dividedBy(0.5),
      and: i.bitwiseAnd(6),
      or: i.bitwiseOr(n),
      xor: n.bitwiseXor(6),
    }),
    {
      nn: 'number',
      ii: 'number',
      iBig: 'number',
      dd: 'string',
      dLiteral: 'string',
      nd: 'string',
      dHalf: 'number',
      and: 'number',
      or: 'bigint',
      xor: 'bigint',
    },
  );
});

test('a number is an int or a double, and with a bigint or a decimal the result is of either kind', async () => {
  const frame = numbers().select({ in: i.plus(n), xn: x.plus(n), id: i.times(d), xd: x.times(d) });
  const [row] = await frame.collect();
  const kinds: (number | bigint | string | undefined)[] = [row?.in, row?.xn, row?.id, row?.xd];
  expect(kinds.map((value) => typeof value)).toEqual(['bigint', 'number', 'string', 'number']);
});

test('a date moves by days, and what is computed with null is null', async () => {
  const days = spark.sql<{ day: Date; n: bigint | null }>(
    `SELECT DATE '2026-11-26' AS day, CAST(NULL AS BIGINT) AS n`,
  );
  const [day, none] = [col<Date>('day'), col<bigint | null>('n')];
  const [row] = await days.select({ later: day.plus(1), before: day.minus(1), none: none.plus(1) }).collect();
  const found: { later: Date; before: Date; none: bigint | null } | undefined = row;
  expect(found).toEqual({ later: new Date('2026-11-27'), before: new Date('2026-11-25'), none: null });
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
