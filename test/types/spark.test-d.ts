// Compile-time promises of the Spark client: rows follow names and columns, and only frames that Spark holds can be written.
import {
  col,
  type DataFrame,
  frames,
  type JoinType,
  lit,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
} from '@tailrace/adapters/spark';
import { abs, avg, ceil, concat, count, max, pmod, round, sum } from '@tailrace/adapters/spark/functions';
import { type Flow, pulled, type Stage, toBatches } from '@tailrace/core';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { map } from 'rxjs';
import { expectTypeOf, test } from 'vitest';

interface Trip {
  year: number;
  km: number;
  town: string;
}

declare const spark: SparkSession;
declare const flow: Flow;
declare const trips: DataFrame<Trip>;
declare const towns: DataFrame<{ town: string; people: bigint }>;
declare const declareUntyped: () => DataFrame;
declare const rows: Stage<Trip>;
// biome-ignore lint/suspicious/noExplicitAny: what JavaScript gives
declare const untold: Stage<any>;

test('rows follow the names and types of columns', () => {
  expectTypeOf(trips.select('year', 'km').row).toEqualTypeOf<Pick<Trip, 'year' | 'km'>>();
  expectTypeOf(trips.select({ y: 'year', far: col<boolean>('far') }).row).toEqualTypeOf<{
    y: number;
    far: boolean;
  }>();
  expectTypeOf(trips.withColumn('km', col<bigint>('km')).row.km).toEqualTypeOf<bigint>();
  expectTypeOf(trips.drop('town').row).toEqualTypeOf<Omit<Trip, 'town'>>();
  expectTypeOf(trips.filter('km > 1').collect()).resolves.toEqualTypeOf<Trip[]>();
  const grouped = trips.groupBy('year').agg({ n: count('*'), km: sum<number>('km') });
  expectTypeOf(grouped.row.year).toEqualTypeOf<number>();
  expectTypeOf(grouped.row.n).toEqualTypeOf<bigint>();
  expectTypeOf(grouped.row.km).toEqualTypeOf<number | null>();
});

test('joined rows have the columns of both sides, null where a side may lack a row, or those of the left side alone', () => {
  expectTypeOf(trips.join(towns, 'town').row.people).toEqualTypeOf<bigint>();
  expectTypeOf(trips.join(towns, ['town'], 'inner').row.km).toEqualTypeOf<number>();
  const left = trips.join(towns, 'town', 'left').row;
  expectTypeOf([left.km, left.people, left.town] as const).toEqualTypeOf<
    readonly [number, bigint | null, string]
  >();
  const right = trips.join(towns, 'town', 'right').row;
  expectTypeOf([right.km, right.people, right.town] as const).toEqualTypeOf<
    readonly [number | null, bigint, string]
  >();
  const full = trips.join(towns, 'town', 'full').row;
  expectTypeOf([full.km, full.people, full.town] as const).toEqualTypeOf<
    readonly [number | null, bigint | null, string]
  >();
  for (const how of ['leftSemi', 'leftAnti'] as const) {
    expectTypeOf(trips.join(towns, 'town', how).row).toEqualTypeOf<Trip>();
    // @ts-expect-error: the other side only decides which rows are kept
    trips.join(towns, 'town', how).row.people;
  }
  const on = trips.col('town').eq(towns.col('town'));
  expectTypeOf(trips.join(towns, on, 'left').row.people).toEqualTypeOf<bigint | null>();
  expectTypeOf(trips.crossJoin(towns).row.people).toEqualTypeOf<bigint>();
  // Of a kind that is only known when it runs, only what all kinds give can be read.
  const some = (how: JoinType) => trips.join(towns, 'town', how).row;
  expectTypeOf(some('left').km).toEqualTypeOf<number | null>();
});

test('frames are joined by columns that both have', () => {
  // @ts-expect-error: only one has it
  trips.join(towns, 'km');
  // @ts-expect-error: only one has it
  trips.join(towns, ['town', 'people'], 'left');
  declareUntyped().join(towns, 'town');
  declareUntyped().join(declareUntyped(), 'whatever');
});

test('functions give what their column is, or what the caller says of one that is named', () => {
  const [number, big, decimal] = [col<number>('x'), col<bigint | null>('n'), col<string>('d')];
  expectTypeOf(abs(big).type).toEqualTypeOf<bigint | null>();
  expectTypeOf(round(decimal, 1).type).toEqualTypeOf<string | null>();
  expectTypeOf(max(number).type).toEqualTypeOf<number | null>();
  expectTypeOf(abs('x').type).toEqualTypeOf<unknown>();
  expectTypeOf(abs<number>('x').type).toEqualTypeOf<number | null>();
  expectTypeOf(abs(lit(-3)).type).toEqualTypeOf<number | null>();
  expectTypeOf([avg(number).type, avg(big).type, avg(decimal).type] as const).toEqualTypeOf<
    readonly [number | null, number | null, string | null]
  >();
  expectTypeOf([ceil(number).type, ceil(big).type, ceil(decimal).type] as const).toEqualTypeOf<
    readonly [bigint | null, bigint | null, string | null]
  >();
  expectTypeOf(pmod<bigint>('n', lit(3)).type).toEqualTypeOf<bigint | null>();
  expectTypeOf(concat('a', 'b').type).toEqualTypeOf<string | null>();
});

test('what is computed has the wider type of both sides, as Spark makes it', () => {
  const [x, n, d, day] = [col<number>('x'), col<bigint>('n'), col<string>('d'), col<Date>('day')];
  // A number may be an int or a double of Spark: then only a literal tells which comes out.
  expectTypeOf(x.plus(x).type).toEqualTypeOf<number>();
  expectTypeOf(x.times(2).type).toEqualTypeOf<number>();
  expectTypeOf(n.plus(n).type).toEqualTypeOf<bigint>();
  expectTypeOf(n.minus(3).type).toEqualTypeOf<bigint>();
  expectTypeOf(n.minus(-3n).type).toEqualTypeOf<bigint>();
  expectTypeOf(n.times(0.5).type).toEqualTypeOf<number>();
  expectTypeOf([n.plus(x).type, x.plus(n).type]).toEqualTypeOf<(number | bigint)[]>();
  const factor: number = Math.random();
  expectTypeOf(n.times(factor).type).toEqualTypeOf<number | bigint>();
  expectTypeOf(x.times(factor).type).toEqualTypeOf<number>();
  // Literals beyond 32 bits are bigints of Spark, beyond 2^53 doubles.
  expectTypeOf(n.plus(5_000_000_000_000).type).toEqualTypeOf<bigint>();
  expectTypeOf(n.plus(1e20).type).toEqualTypeOf<number>();
  expectTypeOf(x.plus(5_000_000_000_000).type).toEqualTypeOf<number | bigint>();
  expectTypeOf(lit(5_000_000_000_000).type).toEqualTypeOf<bigint>();
  expectTypeOf(lit(4_000_000_000).type).toEqualTypeOf<number | bigint>();
  expectTypeOf([lit(7).type, lit(0.5).type, lit(factor).type]).toEqualTypeOf<number[]>();
  // Decimals are texts.
  expectTypeOf([d.plus(d).type, d.times(n).type, d.mod(7).type, n.minus(d).type]).toEqualTypeOf<string[]>();
  expectTypeOf(d.times(1.5).type).toEqualTypeOf<number>();
  expectTypeOf([d.times(x).type, x.times(d).type]).toEqualTypeOf<(number | string)[]>();
  expectTypeOf([day.plus(1).type, day.minus(x).type]).toEqualTypeOf<Date[]>();
  expectTypeOf([day.minus(day).type, col('a').plus(1).type, x.plus(col('a')).type]).toEqualTypeOf<
    unknown[]
  >();
});

test('a quotient is a double, of decimals a decimal; bits are as many as the wider side has', () => {
  const [x, n, d] = [col<number>('x'), col<bigint>('n'), col<string>('d')];
  expectTypeOf([n.dividedBy(n).type, n.dividedBy(2).type, x.dividedBy(n).type]).toEqualTypeOf<number[]>();
  expectTypeOf([d.dividedBy(d).type, d.dividedBy(2).type, n.dividedBy(d).type]).toEqualTypeOf<string[]>();
  expectTypeOf(d.dividedBy(0.5).type).toEqualTypeOf<number>();
  expectTypeOf(d.dividedBy(x).type).toEqualTypeOf<number | string>();
  expectTypeOf(x.bitwiseAnd(6).type).toEqualTypeOf<number>();
  expectTypeOf([x.bitwiseOr(n).type, n.bitwiseXor(6).type]).toEqualTypeOf<bigint[]>();
});

test('what is computed may be null where a side may be', () => {
  const maybe = col<bigint | null>('n');
  expectTypeOf(maybe.plus(1).type).toEqualTypeOf<bigint | null>();
  expectTypeOf(col<bigint>('n').plus(maybe).type).toEqualTypeOf<bigint | null>();
  expectTypeOf(col<bigint>('n').dividedBy(maybe).type).toEqualTypeOf<number | null>();
  expectTypeOf(col<bigint>('n').bitwiseAnd(maybe).type).toEqualTypeOf<bigint | null>();
});

test('a column that a frame does not have is refused where its rows are known', () => {
  // @ts-expect-error: there is no such column
  trips.dropDuplicates('nothing');
  // @ts-expect-error: there is no such column
  trips.col('nothing');
});

test('a frame that nobody has computed cannot be written', () => {
  const raw = flow.source(
    'raw',
    frames(spark, () => trips),
  );
  const held = flow.stage('held', raw, materialiseFrame<Trip>());
  flow.write('held', held, sparkFiles(spark, '/out', { partitionBy: ['year'] }));
  // @ts-expect-error: there is no such column
  flow.write('held', held, sparkFiles(spark, '/out', { partitionBy: ['years'] }));
  // @ts-expect-error: Spark would compute it again
  flow.write('lazy', raw, sparkFiles<Trip>(spark, '/out'));
});

test('a frame is written by sinks of Spark alone, and is not held', () => {
  const raw = flow.source(
    'raw',
    frames(spark, () => trips),
  );
  const held = flow.stage('held', raw, materialiseFrame<Trip>());
  const toFiles = sparkFiles<Trip>(spark, '/out');
  flow.write('held', held, toFiles);
  // @ts-expect-error: the rows are with Spark
  flow.write('held', held, parquet('/out'));
  // @ts-expect-error: the rows are with Spark
  flow.write('held', held, csv('/out.csv'));
  // @ts-expect-error: the rows are with Spark
  flow.write('lazy', raw, parquet('/out'));
  // @ts-expect-error: the rows are with Spark
  flow.write('lazy', raw, ndjson<DataFrame<Trip>>('/out'));
  // @ts-expect-error: there is nothing to hold
  flow.hold(held);
  // @ts-expect-error: there is nothing to hold
  flow.hold(raw);
  // @ts-expect-error: rows are not what Spark has
  flow.write('rows', flow.stage('rows', rows, toBatches()), toFiles);
  flow.write('any', untold, parquet('/out'));
  flow.hold(untold);
  flow.hold(rows);
});

test('a stage that needs rows in this process is refused', () => {
  const raw = flow.source(
    'raw',
    frames(spark, () => trips),
  );
  const limited = map((frame: DataFrame<Trip>) => frame.limit(3));
  const lengths = map((trip: Trip) => trip.km);
  const pulledLengths = pulled((trip: Trip) => [trip.km]);
  flow.stage('frames', raw, limited);
  // @ts-expect-error: the items are frames, not rows
  flow.stage('rows', raw, lengths);
  // @ts-expect-error: the items are frames, not rows
  flow.stage('pulled rows', raw, pulledLengths);
});

test('what runs alone need of a frame is none of its members', () => {
  type Inner = 'engine' | 'heldBy' | 'server' | 'track' | 'warn';
  expectTypeOf<Extract<keyof DataFrame, Inner>>().toEqualTypeOf<never>();
  const persist = () => trips.persist('DISK_ONLY', { signal: new AbortController().signal });
  expectTypeOf(persist).returns.resolves.toEqualTypeOf<void>();
  // @ts-expect-error: what a user persists is held by hand
  const byHand = () => trips.persist('DISK_ONLY', { byHand: false });
  // @ts-expect-error: what a user lets go of is let go of
  const unlessByHand = () => trips.unpersist({ unlessByHand: true });
  expectTypeOf([byHand, unlessByHand]).toBeArray();
});
