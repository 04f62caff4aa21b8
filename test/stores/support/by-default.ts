// Owns that outputs with partitions go to a store with the memory that a run has by default, and within it.
import { openDataset } from '@tailrace/adapters/sources';
import { defineSchema, fromIterable, int32, pipeline, type StoreOfScheme, utf8 } from '@tailrace/core';
import { csv, parquet } from '@tailrace/writers';
import { expect } from 'vitest';

interface Row {
  readonly id: number;
  readonly origin_state: string;
}

const schema = defineSchema({ id: int32(), origin_state: utf8() });
const rows = 40_000;
/** As many as there are states: more than may be open at once. */
const partitions = 50;

export async function expectByDefault(base: string, stores: readonly StoreOfScheme[]): Promise<void> {
  const all = function* (): Generator<Row> {
    for (let id = 0; id < rows; id += 1) yield { id, origin_state: `S${id % partitions}` };
  };
  const split = { partitionBy: ['origin_state'] } as const;
  const report = await pipeline('by default', (flow) => {
    const source = flow.source('rows', fromIterable(all), { schema });
    flow.write('routes', source, parquet<Row>(`${base}/routes`, split));
    flow.write('daily', source, csv<Row>(`${base}/daily.csv.gz`));
    flow.write('texts', source, csv<Row>(`${base}/texts`, split));
  }).run({ stores }).completed;
  expect(report.outputs.map((output) => output.rows)).toEqual([rows, rows, rows]);
  expect(report.peakBytesHeld).toBeLessThanOrEqual(256 * 2 ** 20);
  for (const target of ['routes', 'daily.csv.gz', 'texts']) {
    const dataset = await openDataset<Row>(`${base}/${target}`, { stores });
    const ids = new Set<number>();
    for await (const chunk of dataset.open(new AbortController().signal))
      for (const { id } of chunk) ids.add(id);
    expect(ids.size, target).toBe(rows);
  }
}
