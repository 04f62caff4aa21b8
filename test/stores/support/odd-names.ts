// Owns that what is written to a URL with odd signs lies under the key that it names, and is read from there.
import { openDataset } from '@tailrace/adapters/sources';
import { defineSchema, fromIterable, int32, pipeline, type StoreOfScheme } from '@tailrace/core';
import { csv } from '@tailrace/writers';
import { expect } from 'vitest';

const schema = defineSchema({ id: int32() });

async function write(path: string, stores: readonly StoreOfScheme[], rows: number): Promise<string> {
  const report = await pipeline('odd names', (flow) => {
    const all = Array.from({ length: rows }, (_, id) => ({ id }));
    const source = flow.source('rows', fromIterable(all), { schema });
    flow.write('rows', source, csv<{ id: number }>(path, { mode: 'overwrite' }));
  }).run({ stores, workers: 1 }).completed;
  return report.outputs[0]?.target ?? '';
}

async function rowsOf(path: string, stores: readonly StoreOfScheme[]): Promise<number> {
  return (await openDataset(path, { stores })).totalItems ?? -1;
}

/** @param keysBelow keys that begin with the name below the base, as the SDK lists them */
export async function expectOddNames(
  base: string,
  names: readonly (readonly [written: string, name: string])[],
  stores: readonly StoreOfScheme[],
  keysBelow: (name: string) => Promise<readonly string[]>,
): Promise<void> {
  await write(`${base}/loss`, stores, 5);
  await write(`${base}/loss.csv`, stores, 5);
  let rows = 10;
  for (const [written, name] of names) {
    rows += 1;
    for (const path of [`${base}/${written}`, `${base}/${written}.csv`]) {
      expect(await write(path, stores, rows), path).toBe(path);
      expect(await rowsOf(path, stores), path).toBe(rows);
    }
    const keys = await keysBelow(name);
    expect(
      keys.some((key) => key.includes(`${name}/_tailrace/versions/`)),
      name,
    ).toBe(true);
    expect(
      keys.some((key) => key.endsWith(`${name}.csv`)),
      name,
    ).toBe(true);
  }
  expect(await rowsOf(`${base}/loss`, stores)).toBe(5);
  expect(await rowsOf(`${base}/loss.csv`, stores)).toBe(5);
}

export const oddNames = [
  ['loss#2', 'loss#2'],
  ['loss?', 'loss?'],
  ['a%23b%3Fc=1', 'a#b?c=1'],
  ['100%25', '100%'],
  ['tab\ty', 'tab\ty'],
  ['a b', 'a b'],
  ['br[a]*', 'br[a]*'],
  ['日本', '日本'],
] as const;
