// That a real server finds what it keeps of plans that are taken for the same whenever they are analysed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { col, lit } from '../column/column.js';
import { window } from '../column/window.js';
import {
  array,
  callFunction,
  collectList,
  concat,
  count,
  explode,
  rand,
  rowNumber,
  sum,
  upper,
  when,
} from '../functions/index.js';
import { connectSpark } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';
import type { DataFrame } from './data-frame.js';
import { isTheSameAgain } from './is-the-same-again.js';
import { planOfText, textOfPlan } from './plan-text.js';

let spark: SparkSession;
let folder: string;

beforeAll(async () => {
  spark = await connectSpark(inject('sparkUrl'), { userId: 'same again' });
  folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-same-'));
});

afterAll(async () => {
  await spark.close();
  await rm(folder, { recursive: true, force: true });
});

/** Rows of the numbers to `n`, which tells the plans of the tests apart. */
const rows = (n: number): DataFrame =>
  spark.range(n).select({ id: 'id', k: col('id').mod(3), t: concat(lit('a'), col('id').cast('string')) });

const frames: Record<string, (n: number) => DataFrame> = {
  numbers: rows,
  'functions of values': (n) =>
    rows(n).withColumns({ u: upper('t'), w: when(col('k').eq(1), 'one').otherwise('other') }),
  draws: (n) =>
    rows(n).withColumns({
      r: rand(7),
      u: callFunction('uuid'),
      s: callFunction('shuffle', array('id', 'k')),
    }),
  sample: (n) => rows(n).sample(0.5, 3),
  aggregate: (n) =>
    rows(n)
      .groupBy('k')
      .agg({ n: count('*'), total: sum('id'), all: collectList('t') }),
  'functions of windows': (n) =>
    rows(n).withColumn('at', rowNumber().over(window.partitionBy('k').orderBy(col('id').desc()))),
  join: (n) =>
    rows(n)
      .join(rows(n).toDF('id', 'k2', 't2'), 'id')
      .filter(col('k').eq(col('k2'))),
  'rows of arrays': (n) => rows(n).select({ id: 'id', one: explode(array('id', 'k')) }),
  'union, distinct, sorted': (n) => rows(n).union(rows(n)).distinct().orderBy('id').limit(5),
  repartitioned: (n) => rows(n).repartition(3, 'k').drop('t'),
  'without nulls': (n) => rows(n).missing.drop(),
};

it.each(Object.keys(frames))('%s', async (kind) => {
  const frame = frames[kind]?.(100 + Object.keys(frames).indexOf(kind)) ?? rows(1);
  expect(isTheSameAgain(frame.relation)).toBe(true);
  await frame.persist();
  const text = textOfPlan(frame.relation);
  expect(await frame.over((newId) => planOfText(text, newId)).isPersisted()).toBe(true);
  await frame.unpersist();
});

it.each(['parquet', 'orc', 'json', 'csv'] as const)('files: %s', async (format) => {
  const path = join(folder, format);
  await rows(5).write.save(format, path);
  const frame = spark.read.load(format, path);
  expect(isTheSameAgain(frame.relation)).toBe(true);
  await frame.persist();
  const text = textOfPlan(frame.relation);
  expect(await frame.over((newId) => planOfText(text, newId)).isPersisted()).toBe(true);
  await frame.unpersist();
});
