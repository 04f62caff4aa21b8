// Owns that what a pipeline has written to a store is read back by openDataset, and only as much of it as is wanted.
import { openDataset } from '@tailrace/adapters/sources';
import { defineSchema, fromIterable, int32, pipeline, type StoreOfScheme, utf8 } from '@tailrace/core';
import { arrow, csv, ndjson, parquet } from '@tailrace/writers';
import { expect } from 'vitest';

interface Row {
  readonly id: number;
  readonly part: string;
  readonly text: string;
}

const schema = defineSchema({ id: int32(), part: utf8(), text: utf8() });
const rows = 60_000;
/** Text that no encoder makes small. */
const textOf = (id: number): string =>
  `${Math.imul(id, 2_654_435_761) >>> 0}-${Math.imul(id, 40_503) >>> 0}-${id}`;
const rowOf = (id: number): Row => ({ id, part: `p${id % 3}`, text: textOf(id) });

async function idsOf(path: string, options: object): Promise<number[]> {
  const dataset = await openDataset<Row>(path, options);
  const ids: number[] = [];
  for await (const chunk of dataset.open(new AbortController().signal))
    for (const row of chunk) ids.push(row.id);
  return ids.sort((a, b) => a - b);
}

/** @param bytesRead bytes that the store has sent so far */
export async function expectReadBack(
  base: string,
  stores: readonly StoreOfScheme[],
  bytesRead: () => number,
): Promise<void> {
  function* numbered(): Generator<Row> {
    for (let id = 0; id < rows; id += 1) yield rowOf(id);
  }
  const report = await pipeline('read back', (flow) => {
    const source = flow.source('rows', fromIterable(numbered, { fingerprint: 'rows' }), { schema });
    flow.write('parquet', source, parquet(`${base}/parquet`, { partitionBy: ['part'] }));
    flow.write('plain', source, parquet(`${base}/plain`));
    flow.write('csv', source, csv(`${base}/csv`, { partitionBy: ['part'] }));
    flow.write('ndjson', source, ndjson(`${base}/rows.ndjson.gz`));
    flow.write('arrow', source, arrow(`${base}/arrow`));
  }).run({ stores, workers: 1, memory: '1GiB' }).completed;
  expect(report.outputs.map(({ rows: written }) => written)).toEqual([rows, rows, rows, rows, rows]);

  const all = Array.from({ length: rows }, (_, id) => id);
  for (const target of ['parquet', 'plain', 'csv', 'rows.ndjson.gz', 'arrow']) {
    expect(await idsOf(`${base}/${target}`, { stores }), target).toEqual(all);
  }
  // One partition, which tells itself, and one column of it.
  const wanted = { stores, columns: ['id'], where: { column: 'part', op: '=', value: 'p1' } };
  expect(await idsOf(`${base}/parquet`, wanted)).toEqual(all.filter((id) => id % 3 === 1));

  const sizeOf = async (): Promise<number> =>
    (await openDataset(`${base}/plain`, { stores })).files.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  const size = await sizeOf();
  const before = bytesRead();
  expect(await idsOf(`${base}/plain`, { stores, columns: ['id'] })).toEqual(all);
  // The text is most of the file.
  expect(bytesRead() - before).toBeLessThan(size / 2);
  expect(await idsOf(`${base}/plain`, { stores, verify: true })).toEqual(all);
}
