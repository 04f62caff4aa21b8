// Every relation and function of the client against PySpark's own: the same plan, the same server, the same columns and rows.
import { connectSpark, type SparkSession } from '@tailrace/adapters/spark';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Case, Tables } from './cases/case.js';
import { columnCases } from './cases/columns.js';
import { functionCases } from './cases/functions.js';
import { relationCases } from './cases/relations.js';
import { tables } from './cases/tables.js';
import { askPython, type PythonAnswer } from './support/python.js';
import { kindOf, textOfOurs, textOfPython } from './support/same.js';

const all: readonly Case[] = [...relationCases, ...columnCases, ...functionCases];
let answers: readonly PythonAnswer[];
let spark: SparkSession;
let frames: Tables;

beforeAll(async () => {
  const url = inject('sparkUrl');
  answers = await askPython({ url, tables, cases: all.map(({ python }) => python) });
  spark = await connectSpark(url);
  const entries = Object.entries(tables).map(([name, query]) => [name, spark.sql(query)]);
  // The keys are those of the tables.
  frames = { ...(Object.fromEntries(entries) as Omit<Tables, 'spark'>), spark };
});

afterAll(() => spark.close());

test('Spark itself refuses few of the cases, so that little is compared by its errors', () => {
  const refused = all.filter((_, at) => answers[at]?.error !== undefined).map(({ python }) => python);
  // A correlation with a decimal is refused there.
  const isOld = /^4\.[0-2]\./.test(spark.version);
  expect(refused).toEqual(isOld ? [expect.stringContaining("F.corr('amount', 'price')")] : []);
});

describe('PySpark and this client give the same', () => {
  test.each(all.map((one, at) => ({ ...one, at })))('$python', async ({ python, ours, at }) => {
    const answer = answers[at];
    const frame = ours(frames);
    if (answer?.error !== undefined) {
      // What Spark refuses it refuses both: the class of the error is in what Python says.
      const error: unknown = await frame.collect().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error, answer.error).toMatchObject({ name: 'SparkError' });
      expect(answer.error).toContain((error as { errorClass?: string }).errorClass);
      return;
    }
    const types = await frame.schema();
    expect(types.map(({ name, type }) => [name, type])).toEqual(answer?.types);
    const rows = await frame.collect();
    const theirs = answer?.rows ?? [];
    expect(rows).toHaveLength(theirs.length);
    const kind = kindOf(theirs);
    const wanted = theirs.map(textOfPython);
    const found = rows.map((row) => textOfOurs(row, kind));
    // Only a plan that sorts last has an order; other rows come in any.
    const isOrdered = /\.(orderBy|limit|offset)\([^()]*(\([^()]*\)[^()]*)*\)$/.test(python);
    if (isOrdered) expect(found).toEqual(wanted);
    else expect(found.sort()).toEqual(wanted.sort());
  });
});
