// That Spark finds what it keeps of a plan when the plan is made anew, for every relation, column and function of the client: so it
// is written by writers, which send it under other ids.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectSpark, type DataFrame, type SparkSession } from '@tailrace/adapters/spark';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Case, Tables } from './cases/case.js';
import { columnCases } from './cases/columns.js';
import { functionCases } from './cases/functions.js';
import { relationCases } from './cases/relations.js';
import { tables } from './cases/tables.js';

let spark: SparkSession;
let folder: string;

beforeAll(async () => {
  spark = await connectSpark(inject('sparkUrl'), { userId: 'found again' });
  folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-found-'));
  for (const [name, query] of Object.entries(tables))
    await spark.sql(query).write.parquet(join(folder, name));
});

/** Of files, so that the same rows come again; made anew, under other ids. */
function framesAnew(): Tables {
  const entries = Object.keys(tables).map((name) => [name, spark.read.parquet(join(folder, name))]);
  // The keys are those of the tables.
  return { ...(Object.fromEntries(entries) as Omit<Tables, 'spark'>), spark };
}

afterAll(async () => {
  await spark.close();
  await rm(folder, { recursive: true, force: true });
});

/** Whether Spark finds what it keeps of a plan by the same plan, made anew. */
async function isFoundAgain(make: () => DataFrame<object>): Promise<boolean> {
  const frame = make();
  await frame.persist();
  try {
    return await make().isPersisted();
  } finally {
    await frame.unpersist();
  }
}

const all: readonly Case[] = [...relationCases, ...columnCases, ...functionCases];
test.each([...all])('what Spark keeps of $python is found again', async ({ python, ours }) => {
  // Servers before 4.3 refuse it.
  if (python.includes('F.corr(') && /^4\.[0-2]\./.test(spark.version)) return;
  expect(await isFoundAgain(() => ours(framesAnew()))).toBe(true);
});

test('what draws other values whenever it is analysed is not', async () => {
  expect(await isFoundAgain(() => framesAnew().numbers.selectExpr('i', 'rand() AS v'))).toBe(false);
});
