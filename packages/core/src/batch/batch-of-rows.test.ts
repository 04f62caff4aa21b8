import { expect, it } from 'vitest';
import { batchData } from './batch.js';
import { batchOfRows } from './batch-of-rows.js';
import { defineSchema, timestamp } from './schema.js';

it('holds the Dates of rows exactly in every unit, however far they are', () => {
  const schema = defineSchema({
    s: timestamp('s'),
    ms: timestamp('ms'),
    us: timestamp('us'),
    ns: timestamp('ns'),
  });
  // As doubles, its microseconds and nanoseconds would be others.
  const at = new Date(-1_425_801_194_770);
  const far = new Date(1_049_522_295_624_481);
  const rows = [{ s: new Date(-5_000), ms: far, us: far, ns: at }];
  expect(batchData(batchOfRows(schema, rows)).columns.map(({ values }) => values[0])).toEqual([
    -5n,
    1_049_522_295_624_481n,
    1_049_522_295_624_481_000n,
    -1_425_801_194_770_000_000n,
  ]);
});
