import { describe, expect, it } from 'vitest';
import type { Batch } from '../batch/batch.js';
import { batchOfRows } from '../batch/batch-of-rows.js';
import { defineSchema, float64, int32, nullable, type Schema, utf8 } from '../batch/schema.js';
import { NondeterminismError } from '../errors/named-errors.js';
import { deferred } from '../pool/deferred.js';
import type { GivenRecord, GivenSum } from '../store/journal/records.js';
import { createStageWatch, type StageWatch, type StageWatchOptions } from './stage-watch.js';

const schema = defineSchema({ n: int32(), drawn: float64(), name: nullable(utf8()) });
interface Row {
  readonly n: number;
  readonly drawn: number;
  readonly name: string | null;
}
const rows = (count: number, change: (row: Row) => Row = (row) => row): Row[] =>
  Array.from({ length: count }, (_, n) =>
    change({ n, drawn: n / 2, name: n % 3 === 0 ? null : `name ${n}` }),
  );

function bench(init: Partial<StageWatchOptions> = {}) {
  const told: GivenRecord[] = [];
  const watch = createStageWatch({
    pipeline: 'p',
    stage: 's',
    runId: 'r',
    earlier: [],
    published: [],
    outputs: ['left'],
    varies: [],
    directory: '/jobs',
    append: async (record) => void told.push(record),
    ...init,
  });
  return { watch, told };
}
const batchOf = (items: readonly Row[], of: Schema<Row> = schema): Batch<Row> => batchOfRows(of, items);

/** Gives rows in batches of 10, and seals a write of an output after every second one, and at the end. */
async function give(watch: StageWatch, items: readonly Row[], size = 10): Promise<void> {
  let write = 0;
  for (let at = 0; at < items.length; at += size) {
    watch.batch(batchOf(items.slice(at, at + size)));
    if ((at / size) % 2 === 0) continue;
    watch.sealed('out', write);
    write += 1;
    await watch.told();
  }
  watch.complete();
  watch.sealed('out', write);
  await watch.told();
}

const sumsOf = (records: readonly GivenRecord[]): GivenSum[] => records.flatMap(({ sums }) => sums);

async function firstRun(items: readonly Row[] = rows(50)): Promise<GivenRecord[]> {
  const { watch, told } = bench();
  await give(watch, items);
  return told;
}
async function differing(items: readonly Row[], init: Partial<StageWatchOptions> = {}): Promise<string> {
  const { watch, told } = bench({ earlier: await firstRun(), published: ['right'], ...init });
  const error: unknown = await give(watch, items).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NondeterminismError);
  expect(told).toEqual([]);
  return error instanceof Error ? error.message : '';
}

describe('a stage of a resumed job', () => {
  it('has told the journal what it gave when a write of an output has all its batches, and at the end', async () => {
    const told = await firstRun();
    expect(sumsOf(told).map(({ rows: count, ended, write }) => [count, ended, write])).toEqual([
      [20, false, 0],
      [40, false, 1],
      [50, true, 2],
    ]);
    expect(told.map(({ first }) => first)).toEqual([true, false, false]);
    expect(told[0]).toMatchObject({ stage: 's', schema: 'n int32, drawn float64, name utf8' });
  });

  it('may give other values in columns that are said to vary, and tells nothing of them', async () => {
    const varies = ['drawn'];
    const { watch, told } = bench({ varies });
    await give(watch, rows(50));
    expect(told[0]?.schema).toBe('n int32, name utf8');
    expect(sumsOf(told)[0]?.columns).toHaveLength(2);
    const again = bench({ varies, earlier: told, published: ['right'] });
    await give(
      again.watch,
      rows(50, (row) => ({ ...row, drawn: -1 })),
    );
    expect(again.told).toEqual([]);
    const changed = bench({ varies, earlier: told, published: ['right'] });
    const other = rows(50, (row) => ({ ...row, name: 'other' }));
    await expect(give(changed.watch, other)).rejects.toBeInstanceOf(NondeterminismError);
  });

  it('may give the same again, in batches of any size, and what is known is not told again', async () => {
    const earlier = await firstRun();
    for (const size of [1, 7, 10, 50]) {
      const { watch, told } = bench({ earlier, published: ['right'] });
      await give(watch, rows(50), size);
      expect(told).toEqual([]);
    }
  });

  it('goes on telling where the earlier run was cut off', async () => {
    const earlier = (await firstRun()).slice(0, 1);
    const { watch, told } = bench({ earlier, published: ['right'] });
    await give(watch, rows(50));
    expect([...earlier, ...told]).toEqual(await firstRun());
  });

  it('may not give another value than what is published was made from: the error names output, write and column', async () => {
    const message = await differing(rows(50, (row) => (row.n === 33 ? { ...row, drawn: 7 } : row)));
    expect(message).toContain("Stage 's' of pipeline 'p'");
    expect(message).toContain("published 'right'");
    expect(message).toContain("write 1 of output 'out', rows 20 to 40: the checksum of column 'drawn'");
    expect(message).toContain("'left' would not agree");
  });

  it.each([49, 41, 40, 39, 20, 0])('may not give fewer rows: %i instead of 50', async (count) => {
    expect(await differing(rows(count))).toContain(`: there are ${count} rows in all`);
  });

  it('may not give more rows, whether they come in the last batch or after it', async () => {
    for (const size of [10, 60]) {
      const { watch } = bench({ earlier: await firstRun(), published: ['right'] });
      await expect(give(watch, rows(60), size)).rejects.toThrow(
        /write 2 of output 'out', rows 40 to 50: there are more than 50 rows/,
      );
    }
  });

  it('may not give rows where there were none', async () => {
    const earlier = await firstRun([]);
    expect(sumsOf(earlier)).toMatchObject([{ rows: 0, ended: true, columns: [] }]);
    await give(bench({ earlier, published: ['right'] }).watch, []);
    await expect(give(bench({ earlier, published: ['right'] }).watch, rows(1))).rejects.toThrow(
      /more than 0 rows/,
    );
  });

  it('may not give other columns, while it does not matter which of them may be null', async () => {
    const earlier = await firstRun(rows(20, (row) => ({ ...row, name: 'x' })));
    const strict = defineSchema({ n: int32(), drawn: float64(), name: utf8() });
    const { watch } = bench({ earlier, published: ['right'] });
    watch.batch(
      batchOf(
        rows(20, (row) => ({ ...row, name: 'x' })),
        strict,
      ),
    );
    watch.complete();
    const renamed = defineSchema({ n: int32(), drawn: float64(), title: nullable(utf8()) });
    const other = bench({ earlier, published: ['right'] }).watch;
    expect(() =>
      other.batch(
        batchOfRows(
          renamed,
          rows(20, (row) => row).map(({ n, drawn }) => ({ n, drawn, title: 'x' })),
        ),
      ),
    ).toThrow(
      /its columns are n int32, drawn float64, title utf8 instead of n int32, drawn float64, name utf8/,
    );
  });

  it('may give something else while nothing is published: it is said, told anew, and binding from then on', async () => {
    const drawn = rows(50, (row) => ({ ...row, drawn: 1 }));
    const earlier = await firstRun();
    const { watch, told } = bench({ earlier });
    await give(watch, drawn);
    expect(watch.note).toContain("write 0 of output 'out', rows 0 to 20: the checksum of column 'drawn'");
    expect(sumsOf(told).map(({ rows: count }) => count)).toEqual([20, 40, 50]);
    expect(told.map(({ first }) => first)).toEqual([true, false, false]);
    const same = bench({ earlier: told, published: ['right'] });
    await give(same.watch, drawn);
    expect(same.watch.note).toBeUndefined();
  });

  it('tells in one record what it came to while the journal was busy', async () => {
    const busy = deferred<void>();
    const told: number[][] = [];
    const { watch } = bench({
      append: async ({ sums }) => {
        told.push(sums.map(({ rows: count }) => count));
        await busy.promise;
      },
    });
    for (const write of [0, 1, 2]) {
      watch.batch(batchOf(rows(5)));
      watch.sealed('out', write);
    }
    watch.complete();
    const all = watch.told();
    busy.resolve();
    await all;
    expect(told).toEqual([[5], [10, 15]]);
    watch.sealed('out', 3);
    await watch.told();
    expect(told).toEqual([[5], [10, 15], [15]]);
  });

  it('tells less and less often as it grows', async () => {
    const { watch, told } = bench();
    await give(watch, rows(2_000), 1);
    expect(told.length).toBeLessThan(64 + 64 * Math.log(1_000 / 64) + 2);
    const sums = sumsOf(told);
    expect(sums.at(-1)).toMatchObject({ rows: 2_000, ended: true });
    const gaps = sums.slice(1).map(({ rows: count }, at) => count / (sums[at]?.rows ?? 0));
    expect(Math.max(...gaps.slice(70))).toBeLessThan(1.04);
  });

  it('tells little of many columns, and the end all the same', async () => {
    const names = Array.from({ length: 10_000 }, (_, at) => `c${at}`);
    const wide = defineSchema(Object.fromEntries(names.map((name) => [name, int32()])));
    const row = Object.fromEntries(names.map((name, at) => [name, at]));
    const { watch, told } = bench();
    for (let count = 1; count <= 39; count += 1) {
      watch.batch(batchOfRows(wide, [row]));
      watch.sealed('out', count);
      await watch.told();
    }
    watch.complete();
    watch.sealed('out', 40);
    await watch.told();
    // 100,000 checksums one by one, then whenever there are twice as many rows.
    expect(sumsOf(told).map(({ rows: at }) => at)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 39]);
  });

  it('tells whoever is about to commit when the journal could not be told', async () => {
    const { watch } = bench({ append: () => Promise.reject(new Error('full')) });
    watch.batch(batchOf(rows(10)));
    watch.sealed('out', 0);
    await expect(watch.told()).rejects.toThrow('full');
    watch.complete();
    watch.sealed('out', 1);
    await expect(watch.told()).rejects.toThrow('full');
  });
});
