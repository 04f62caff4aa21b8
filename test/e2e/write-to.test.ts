// The operator that writes what passes, and datasets that are submitted while they are still computed.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Batch,
  createPool,
  customSink,
  defineSchema,
  exponential,
  int32,
  materialise,
  none,
  type Pool,
  type Sink,
  toBatches,
  utf8,
  writeTo,
} from '@tailrace/core';
import { ndjson, parquet } from '@tailrace/writers';
import {
  concat,
  concatMap,
  defer,
  firstValueFrom,
  from,
  lastValueFrom,
  map,
  mergeMap,
  NEVER,
  type Observable,
  range,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { query } from '../support/duckdb.js';
import type { Fault } from '../support/modules/faulty-sink.js';

interface Row {
  readonly n: number;
}
const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const schema = defineSchema({ n: int32() });
let dir: string;
let pool: Pool;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-write-to-'));
  pool = createPool({ workers: 1, graceMs: 200 });
});
afterEach(async () => {
  await pool.abort();
  expect(pool.memory.budget.usedBytes).toBe(0);
  await rm(dir, { recursive: true, force: true });
});

const faulty = (name: string, fault: Fault): Sink<Row> =>
  customSink<Row>(module, { path: join(dir, name), fault }, { name, target: join(dir, name) });
const rows = (count: number): Observable<Row> => range(0, count).pipe(map((n) => ({ n })));
/** Batches of 1,000 rows, one per turn of the event loop. */
const batches = (count: number): Observable<Batch<Row>> =>
  range(0, count / 1_000).pipe(
    concatMap((chunk) =>
      timer(0).pipe(
        mergeMap(() => rows(1_000)),
        map(({ n }) => ({ n: chunk * 1_000 + n })),
      ),
    ),
    toBatches({ memory: pool.memory, batchRows: 1_000, schema }),
  );
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** Waits, turn by turn, until something is so. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await nextTurn();
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
async function numbersIn(path: string): Promise<number[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as Row).n);
}

describe('writeTo', () => {
  it('passes every batch on, readable, in order, and completes only when the file is there', async () => {
    const path = join(dir, 'rows.ndjson');
    const passed: number[] = [];
    let thereBefore = false;
    let thereAtComplete = false;
    await new Promise<void>((resolve, reject) => {
      batches(10_000)
        .pipe(writeTo(pool, ndjson<Row>(path)))
        .subscribe({
          next: (batch) => {
            thereBefore ||= existsSync(path);
            for (const { n } of batch.toRows()) passed.push(n);
          },
          error: reject,
          complete: () => {
            thereAtComplete = existsSync(path);
            resolve();
          },
        });
    });
    expect(passed).toEqual(upTo(10_000));
    expect([thereBefore, thereAtComplete]).toEqual([false, true]);
    expect(await numbersIn(path)).toEqual(upTo(10_000));
  });

  it('fails, and leaves nothing, when a batch has other columns than those before', async () => {
    const path = join(dir, 'rows.ndjson');
    const others = from([{ m: 'x' }, { m: 'y' }]).pipe(
      toBatches({ memory: pool.memory, schema: defineSchema({ m: utf8() }) }),
    );
    // What the type forbids must be refused at run time too.
    const mixed = concat(batches(2_000), others as unknown as Observable<Batch<Row>>);
    const written = lastValueFrom(mixed.pipe(writeTo(pool, ndjson<Row>(path))));
    await expect(written).rejects.toThrow(/other columns than before/);
    expect(existsSync(path)).toBe(false);
  });

  it('fails, and leaves nothing, when the columns of a batch were changed on the way', async () => {
    const path = join(dir, 'rows.ndjson');
    const changed = from([{ m: 'one' }, { m: 'two' }]).pipe(
      toBatches({ memory: pool.memory, schema: defineSchema({ m: utf8() }) }),
      map((batch) => {
        batch.data.columns[0]?.offsets?.fill(9, 1, 2);
        return batch;
      }),
    );
    const written = lastValueFrom(changed.pipe(writeTo(pool, ndjson<{ m: string }>(path))));
    await expect(written).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringMatching(/stream written to .*"m" that has the offset/),
    });
    expect(await readdir(dir)).toEqual([]);
  });

  it('can be put twice into one stream, and computes it once', async () => {
    let computed = 0;
    const count = await lastValueFrom(
      batches(5_000).pipe(
        tap(() => {
          computed += 1;
        }),
        writeTo(pool, parquet<Row>(join(dir, 'a'))),
        writeTo(pool, ndjson<Row>(join(dir, 'b.ndjson'))),
        toArray(),
        map(({ length }) => length),
      ),
    );
    expect([computed, count]).toEqual([5, 5]);
    const [found] = await query(`select (select count(*) from read_parquet('${dir}/a/*.parquet'))::int as a,
      (select sum(n) from read_json('${dir}/b.ndjson', format = 'newline_delimited'))::double as b`);
    expect(found).toEqual({ a: 5_000, b: (4_999 * 5_000) / 2 });
  });

  it('writes an empty output for a stream without batches', async () => {
    await lastValueFrom(
      rows(0).pipe(
        toBatches({ memory: pool.memory, schema }),
        writeTo(pool, parquet<Row>(join(dir, 'none'))),
      ),
      {
        defaultValue: undefined,
      },
    );
    expect(existsSync(join(dir, 'none', '_manifest.json'))).toBe(true);
  });

  it('tries a write again without asking for the stream again', async () => {
    let subscribed = 0;
    const source = defer(() => {
      subscribed += 1;
      return batches(3_000);
    });
    const sink = faulty('troubled', { kind: 'throw', times: 2 });
    const retry = exponential({ attempts: 3, baseMs: 1, capMs: 2 });
    await lastValueFrom(source.pipe(writeTo(pool, sink, { retry })));
    expect(subscribed).toBe(1);
    expect((await readdir(join(dir, 'troubled'))).length).toBe(1);
  });

  it('errors when the output fails, unsubscribes from the stream, and leaves nothing', async () => {
    let isUnsubscribed = false;
    const endless = defer(() => batches(1_000_000)).pipe(
      tap({
        finalize: () => {
          isUnsubscribed = true;
        },
      }),
    );
    const broken = faulty('broken', { kind: 'throw', times: 99 });
    await expect(
      lastValueFrom(endless.pipe(writeTo(pool, broken, { name: 'broken', retry: none() }))),
    ).rejects.toMatchObject({ code: 'SINK_FAILED', message: expect.stringContaining('out of order') });
    expect(isUnsubscribed).toBe(true);
    expect(await readdir(dir)).toEqual([]);
  });

  it('errors with the error of the stream, once what was staged is removed', async () => {
    const failing = batches(3_000).pipe(
      mergeMap((batch, index) =>
        index < 2 ? from([batch]) : throwError(() => new Error('the stage is broken')),
      ),
    );
    await expect(
      lastValueFrom(failing.pipe(writeTo(pool, parquet<Row>(join(dir, 'a')), { name: 'a' }))),
    ).rejects.toMatchObject({
      code: 'STAGE_FAILED',
      message: expect.stringMatching(/stream written to a failed.*the stage is broken/),
    });
    expect(await readdir(dir)).toEqual([]);
  });

  it.each([
    ['a format', () => parquet<Row>(join(dir, 'cut'))],
    ['a custom sink', () => faulty('cut', { kind: 'slow', delayMs: 5 })],
  ])('is aborted by an unsubscribe, which removes what was staged: %s', async (_, sinkOf) => {
    const subscription = batches(1_000_000).pipe(writeTo(pool, sinkOf())).subscribe();
    await until(() => pool.stats().outputs[0]?.writes.active === 1);
    expect((await readdir(dir)).map((name) => name.replace(/-.*/, ''))).toEqual(['.cut.stage']);
    subscription.unsubscribe();
    await until(() => pool.stats().failed === 1);
    expect(await readdir(dir)).toEqual([]);
  });

  it('lets all batches pass and completes with the stream when the target exists and is to be left alone', async () => {
    const path = join(dir, 'rows.ndjson');
    await lastValueFrom(batches(1_000).pipe(writeTo(pool, ndjson<Row>(path))));
    const passed = await lastValueFrom(
      batches(50_000).pipe(
        writeTo(pool, ndjson<Row>(path, { mode: 'ignore' })),
        toArray(),
        map(({ length }) => length),
      ),
    );
    expect(passed).toBe(50);
    expect(await numbersIn(path)).toHaveLength(1_000);
  });

  it('errors when the pool takes no more', async () => {
    await pool.drain();
    await expect(
      lastValueFrom(batches(1_000).pipe(writeTo(pool, ndjson<Row>(join(dir, 'a.ndjson'))))),
    ).rejects.toMatchObject({
      code: 'CLOSED',
    });
  });
});

describe('a dataset that is submitted while it is still computed', () => {
  it('is computed once, and all its rows arrive, in every output and reader', async () => {
    let computed = 0;
    let isComplete = false;
    const stage = batches(20_000).pipe(
      tap({
        next: () => {
          computed += 1;
        },
        complete: () => {
          isComplete = true;
        },
      }),
    );
    const data = await firstValueFrom(stage.pipe(materialise({ until: 'first', memory: pool.memory })));
    const first = pool.submit(data, ndjson<Row>(join(dir, 'first.ndjson')));
    const second = pool.submit(data, parquet<Row>(join(dir, 'second')));
    expect([computed, isComplete]).toEqual([1, false]);
    const read = lastValueFrom(data.rows().pipe(toArray()));
    await until(() => computed === 10);
    expect(isComplete).toBe(false);
    const third = pool.submit(data, ndjson<Row>(join(dir, 'third.ndjson')));
    const numbers = await read;
    data.release();
    const reports = await Promise.all([first.done, second.done, third.done]);
    expect(reports.map((report) => report.rows)).toEqual([20_000, 20_000, 20_000]);
    expect(computed).toBe(20);
    expect(numbers.map(({ n }) => n)).toEqual(upTo(20_000));
    expect(await numbersIn(join(dir, 'first.ndjson'))).toEqual(upTo(20_000));
    expect(await numbersIn(join(dir, 'third.ndjson'))).toEqual(upTo(20_000));
    const [found] = await query(
      `select count(*)::int as rows, sum(n)::double as total from read_parquet('${dir}/second/*.parquet')`,
    );
    expect(found).toEqual({ rows: 20_000, total: (19_999 * 20_000) / 2 });
  });

  it('fails its outputs when its stage fails, with that error, and leaves nothing', async () => {
    const stage = batches(5_000).pipe(
      mergeMap((batch, index) =>
        index < 3 ? from([batch]) : throwError(() => new Error('the stage is broken')),
      ),
    );
    const data = await firstValueFrom(stage.pipe(materialise({ until: 'first', memory: pool.memory })));
    const handle = pool.submit(data, parquet<Row>(join(dir, 'a')), { name: 'a' });
    data.release();
    await expect(handle.done).rejects.toMatchObject({
      code: 'STAGE_FAILED',
      message: expect.stringContaining('the stage is broken'),
    });
    expect(await readdir(dir)).toEqual([]);
  });

  it.each(['swap', 'generations'] as const)(
    'are appended one after the other to one dataset by one pool (%s)',
    async (publish) => {
      const append = (): Sink<Row> => ndjson<Row>(join(dir, 'grown'), { mode: 'append', publish });
      await lastValueFrom(batches(1_000).pipe(writeTo(pool, append())));
      const data = await firstValueFrom(batches(2_000).pipe(materialise({ memory: pool.memory })));
      await pool.submit(data, append()).done;
      data.release();
      const [found] = await query(`select count(*)::int as rows from read_json('${dir}/grown/*.ndjson')`);
      expect(found).toEqual({ rows: 3_000 });
    },
  );

  it('goes on being computed for the pool when its owner has released it, and is cancelled when the pool gives up', async () => {
    let isCancelled = false;
    const stage = defer(() =>
      from([batches(2_000), NEVER as Observable<Batch<Row>>]).pipe(concatMap((part) => part)),
    ).pipe(
      tap({
        finalize: () => {
          isCancelled = true;
        },
      }),
    );
    const data = await firstValueFrom(stage.pipe(materialise({ until: 'first', memory: pool.memory })));
    const handle = pool.submit(data, parquet<Row>(join(dir, 'a')));
    data.release();
    await until(() => pool.stats().outputs[0]?.rows === 2_000);
    expect(isCancelled).toBe(false);
    handle.cancel();
    await expect(handle.done).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(isCancelled).toBe(true);
    expect(await readdir(dir)).toEqual([]);
  });
});
