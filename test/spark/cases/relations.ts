// Owns the cases about relations: what a frame makes of another, and aggregates.

import type { Column } from '@tailrace/adapters/spark';
import { col, lit } from '@tailrace/adapters/spark';
import * as F from '@tailrace/adapters/spark/functions';
import { type Case, same } from './case.js';

const aggregates: readonly (readonly [string, () => Column])[] = [
  ["F.count('amount')", () => F.count('amount')],
  ["F.count('*')", () => F.count('*')],
  ["F.sum('amount')", () => F.sum('amount')],
  ["F.sum('price')", () => F.sum('price')],
  ["F.avg('amount')", () => F.avg('amount')],
  ["F.avg(F.col('price').cast('decimal(10,2)'))", () => F.avg(col('price').cast('decimal(10,2)'))],
  ["F.min('price')", () => F.min('price')],
  ["F.max('price')", () => F.max('price')],
  ["F.stddev('amount')", () => F.stddev('amount')],
  ["F.stddev_pop('amount')", () => F.stddevPop('amount')],
  ["F.variance('amount')", () => F.variance('amount')],
  ["F.var_pop('amount')", () => F.varPop('amount')],
  ["F.skewness('amount')", () => F.skewness('amount')],
  ["F.kurtosis('amount')", () => F.kurtosis('amount')],
  ["F.median('amount')", () => F.median('amount')],
  ["F.mode('amount')", () => F.mode('amount')],
  ["F.product('price')", () => F.product('price')],
  ["F.sort_array(F.collect_list('amount'))", () => F.sortArray(F.collectList('amount'))],
  ["F.sort_array(F.collect_set('amount'))", () => F.sortArray(F.collectSet('amount'))],
  ["F.count_distinct('amount')", () => F.countDistinct('amount')],
  ["F.count_distinct('amount', 'year')", () => F.countDistinct('amount', 'year')],
  ["F.approx_count_distinct('amount')", () => F.approxCountDistinct('amount')],
  ["F.sum_distinct('amount')", () => F.sumDistinct('amount')],
  ["F.percentile_approx('amount', 0.5)", () => F.percentileApprox('amount', 0.5)],
  ["F.percentile('amount', 0.25)", () => F.percentile('amount', 0.25)],
  ["F.count_if(F.col('amount') > 15)", () => F.countIf(col('amount').gt(15))],
  ["F.bool_and(F.col('year') > 2000)", () => F.boolAnd(col('year').gt(2000))],
  ["F.bool_or(F.col('amount') > 35)", () => F.boolOr(col('amount').gt(35))],
  ["F.bit_and('amount')", () => F.bitAnd('amount')],
  ["F.bit_or('amount')", () => F.bitOr('amount')],
  ["F.bit_xor('amount')", () => F.bitXor('amount')],
  ["F.corr('amount', 'price')", () => F.corr('amount', 'price')],
  ["F.covar_pop('amount', 'price')", () => F.covarPop('amount', 'price')],
  ["F.covar_samp('amount', 'price')", () => F.covarSamp('amount', 'price')],
  ["F.max_by('year', 'price')", () => F.maxBy('year', 'price')],
  ["F.min_by('year', 'price')", () => F.minBy('year', 'price')],
];

export const relationCases: readonly Case[] = [
  ...aggregates.map(([python, ours]) =>
    same(`sales.groupBy('region').agg(${python}.alias('v'))`, ({ sales }) =>
      sales.groupBy('region').agg(ours().as('v')),
    ),
  ),
  // Which row comes first is not said, nor in which order texts are joined: there is one.
  ...(
    [
      ["F.first('year')", () => F.first('year')],
      ["F.last('amount', True)", () => F.last('amount', true)],
      ["F.string_agg('region', F.lit(','))", () => F.stringAgg('region', ',')],
    ] as const
  ).map(([python, ours]) =>
    same(`sales.filter("region = 'w'").agg(${python}.alias('v'))`, ({ sales }) =>
      sales.filter("region = 'w'").agg(ours().as('v')),
    ),
  ),
  same("lists.select('i', F.posexplode('a'))", ({ lists }) => lists.select('i', F.posexplode('a'))),
  same('spark.range(7)', ({ spark }) => spark.range(7)),
  same('spark.range(2, 20, 3, 2)', ({ spark }) => spark.range(2, 20, { step: 3, partitions: 2 })),
  same("spark.sql('SELECT :a + 1 AS v, :b AS t', args={'a': 41, 'b': 'x;y'})", ({ spark }) =>
    spark.sql('SELECT :a + 1 AS v, :b AS t', { a: 41, b: 'x;y' }),
  ),
  same("spark.sql('SELECT ? * 2 AS v', args=[2.5])", ({ spark }) => spark.sql('SELECT ? * 2 AS v', [2.5])),
  same("sales.select('region', 'year')", ({ sales }) => sales.select('region', 'year')),
  same("sales.select('*', (F.col('amount') * 2).alias('twice'))", ({ sales }) =>
    sales.select('*', col('amount').times(2).as('twice')),
  ),
  same("sales.select(F.col('amount').alias('a'), F.col('region').alias('r'))", ({ sales }) =>
    sales.select({ a: 'amount', r: col('region') }),
  ),
  same("sales.selectExpr('amount + 1 AS a', 'upper(region) AS r')", ({ sales }) =>
    sales.selectExpr('amount + 1 AS a', 'upper(region) AS r'),
  ),
  same("sales.withColumn('year', F.col('year') - 2000)", ({ sales }) =>
    sales.withColumn('year', col('year').minus(2000)),
  ),
  same("sales.withColumns({'a': F.col('amount') + 1, 'amount': F.lit(0)})", ({ sales }) =>
    sales.withColumns({ a: col('amount').plus(1), amount: lit(0) }),
  ),
  same("sales.withColumnsRenamed({'region': 'r', 'year': 'y'})", ({ sales }) =>
    sales.withColumnsRenamed({ region: 'r', year: 'y' }),
  ),
  same("sales.toDF('a', 'b', 'c', 'd')", ({ sales }) => sales.toDF('a', 'b', 'c', 'd')),
  same("sales.drop('year', 'nothing')", ({ sales }) => sales.drop('year', 'nothing')),
  same("sales.drop(F.col('price'))", ({ sales }) => sales.drop(col('price'))),
  same("sales.filter(F.col('amount') >= 30)", ({ sales }) => sales.filter(col('amount').ge(30))),
  same("sales.filter('year = 2025 AND price > 3')", ({ sales }) => sales.filter('year = 2025 AND price > 3')),
  same("sales.select('region', 'year').distinct()", ({ sales }) => sales.select('region', 'year').distinct()),
  same("sales.dropDuplicates(['region', 'year', 'amount']).select('region', 'year', 'amount')", ({ sales }) =>
    sales.dropDuplicates('region', 'year', 'amount').select('region', 'year', 'amount'),
  ),
  same("sales.orderBy('price').limit(3)", ({ sales }) => sales.orderBy('price').limit(3)),
  same("sales.orderBy('price').offset(4)", ({ sales }) => sales.orderBy('price').offset(4)),
  same('spark.range(100).sample(False, 0.3, 42)', ({ spark }) => spark.range(100).sample(0.3, 42)),
  same('spark.range(100).sample(True, 0.3, 42)', ({ spark }) => spark.range(100).sample(0.3, 42, true)),
  same("sales.orderBy(F.col('region').desc(), 'price')", ({ sales }) =>
    sales.orderBy(col('region').desc(), 'price'),
  ),
  same("sales.sortWithinPartitions('price')", ({ sales }) => sales.sortWithinPartitions('price')),
  same("sales.groupBy('region', 'year').count()", ({ sales }) => sales.groupBy('region', 'year').count()),
  same(
    "sales.groupBy((F.col('year') - 2000).alias('y')).agg(F.sum('amount').alias('s'), F.avg('price').alias('p'))",
    ({ sales }) =>
      sales.groupBy(col('year').minus(2000).as('y')).agg({ s: F.sum('amount'), p: F.avg('price') }),
  ),
  same(
    "sales.rollup('region', 'year').agg(F.sum('amount').alias('s'), F.grouping('year').alias('g'))",
    ({ sales }) => sales.rollup('region', 'year').agg({ s: F.sum('amount'), g: F.grouping('year') }),
  ),
  same("sales.cube('region', 'year').count()", ({ sales }) => sales.cube('region', 'year').count()),
  same("sales.groupBy('region').pivot('year', [2024, 2025]).agg(F.sum('amount'))", ({ sales }) =>
    sales.groupBy('region').pivot('year', [2024, 2025]).agg(F.sum('amount')),
  ),
  same("sales.agg(F.max('price').alias('m'), F.count('*').alias('n'))", ({ sales }) =>
    sales.agg({ m: F.max('price'), n: F.count('*') }),
  ),
  ...(['inner', 'left', 'right', 'full', 'leftSemi', 'leftAnti'] as const).map((how) =>
    same(`sales.join(regions, ['region'], '${how.toLowerCase()}')`, ({ sales, regions }) =>
      sales.join(regions, ['region'], how),
    ),
  ),
  same(
    "sales.join(regions, sales.region.eqNullSafe(regions.region)).select(sales.region, 'title', 'price')",
    ({ sales, regions }) =>
      sales
        .join(regions, sales.col('region').eqNullSafe(regions.col('region')))
        .select(sales.col('region'), 'title', 'price'),
  ),
  same(
    "sales.alias('a').join(sales.alias('b'), F.col('a.price') < F.col('b.price')).select(F.col('a.price').alias('x'), F.col('b.price').alias('y'))",
    ({ sales }) =>
      sales
        .as('a')
        .join(sales.as('b'), col('a.price').lt(col('b.price')))
        .select({ x: 'a.price', y: 'b.price' }),
  ),
  same("regions.select('title').crossJoin(spark.range(2))", ({ regions, spark }) =>
    regions.select('title').crossJoin(spark.range(2)),
  ),
  ...(['left', 'right', 'full', 'leftSemi', 'leftAnti'] as const).map((how) =>
    same(
      `sales.join(regions.toDF('r', 'title'), F.col('region') == F.col('r'), '${how.toLowerCase()}')`,
      ({ sales, regions }) => sales.join(regions.toDF('r', 'title'), col('region').eq(col('r')), how),
    ),
  ),
  same("sales.join(F.broadcast(regions), 'region')", ({ sales, regions }) =>
    sales.join(regions.hint('broadcast'), 'region'),
  ),
  same('sales.union(sales.limit(0)).union(sales)', ({ sales }) => sales.union(sales.limit(0)).union(sales)),
  same(
    "regions.unionByName(sales.select('region', 'year'), allowMissingColumns=True)",
    ({ regions, sales }) =>
      regions.unionByName(sales.select('region', 'year'), { allowMissingColumns: true }),
  ),
  same("sales.select('region').intersect(regions.select('region'))", ({ sales, regions }) =>
    sales.select('region').intersect(regions.select('region')),
  ),
  same("sales.select('region').intersectAll(sales.select('region'))", ({ sales }) =>
    sales.select('region').intersect(sales.select('region'), { all: true }),
  ),
  same("sales.select('region').exceptAll(regions.select('region'))", ({ sales, regions }) =>
    sales.select('region').except(regions.select('region'), { all: true }),
  ),
  same("sales.select('region').subtract(regions.select('region'))", ({ sales, regions }) =>
    sales.select('region').except(regions.select('region')),
  ),
  same('sales.repartition(3)', ({ sales }) => sales.repartition(3)),
  same("sales.repartition(3, 'region')", ({ sales }) => sales.repartition(3, 'region')),
  same('sales.repartition(3).coalesce(1)', ({ sales }) => sales.repartition(3).coalesce(1)),
  same("sales.unpivot(['region'], ['year', 'amount'], 'what', 'value')", ({ sales }) =>
    sales.unpivot(['region'], ['year', 'amount'], 'what', 'value'),
  ),
  same('sales.fillna(0)', ({ sales }) => sales.missing.fill(0)),
  same("sales.fillna('?', ['region'])", ({ sales }) => sales.missing.fill('?', 'region')),
  same("sales.fillna({'region': '?', 'amount': -1})", ({ sales }) =>
    sales.missing.fillEach({ region: '?', amount: -1 }),
  ),
  same('sales.dropna()', ({ sales }) => sales.missing.drop()),
  same("sales.dropna(subset=['price'])", ({ sales }) => sales.missing.drop({ columns: ['price'] })),
  same('sales.dropna(thresh=4)', ({ sales }) => sales.missing.drop({ atLeast: 4 })),
  same("sales.replace({'n': 'north', 's': 'south'}, subset=['region'])", ({ sales }) =>
    sales.missing.replace(
      [
        ['n', 'north'],
        ['s', 'south'],
      ],
      'region',
    ),
  ),
  same("sales.summary('count', 'min', '50%')", ({ sales }) =>
    sales.statistics.summary('count', 'min', '50%'),
  ),
  same("sales.describe('amount', 'price')", ({ sales }) => sales.statistics.describe('amount', 'price')),
  same("sales.crosstab('region', 'year')", ({ sales }) => sales.statistics.crosstab('region', 'year')),
];
