// Compile-time promises of the Spark client: rows follow names and columns, and only frames that Spark holds can be written.
import {
  col,
  type DataFrame,
  frames,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
} from '@tailrace/adapters/spark';
import { count, sum } from '@tailrace/adapters/spark/functions';
import { type Flow, pulled } from '@tailrace/core';
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
