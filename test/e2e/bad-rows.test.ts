// Rows that do not fit: left out, told of in an output of their own, and counted, whatever happens to the writes.
import { writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type BadRow,
  customSink,
  deadLetter,
  defineSchema,
  exponential,
  float64,
  fromIterable,
  int32,
  nullable,
  type Pipeline,
  pipeline,
  type Report,
  type RunOptions,
  type Sink,
  type StageOptions,
  utf8,
} from '@tailrace/core';
import { csv, parquet } from '@tailrace/writers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { query } from '../support/duckdb.js';

const faultySink = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-bad-rows-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Row {
  readonly id: number;
  readonly part: string;
  readonly score: number | null;
}
const schema = defineSchema({ id: int32(), part: utf8(), score: nullable(float64()) });
const count = 20_000;
const isBad = (id: number): boolean => id % 7 === 3;
/** Every seventh row has text for a number, as a careless parser gives it. */
const all = Array.from({ length: count }, (_, id): Row => {
  const score = isBad(id) ? (`n/a ${id}` as unknown as number) : id / 8;
  return { id, part: `p${id % 3}`, score };
});
const bad = all.filter(({ id }) => isBad(id)).length;

interface Declared {
  readonly letters?: string;
  readonly stage?: StageOptions<Row>;
  readonly append?: boolean;
  /** Where the Parquet output goes. */
  readonly table?: string;
  /** Is called when the rows begin to be read. */
  readonly opened?: () => void;
}
function job({
  letters = 'bad.parquet',
  stage = {},
  append = false,
  table = 'table.parquet',
  opened = () => undefined,
}: Declared = {}): Pipeline {
  const mode = append ? 'append' : 'error';
  function* given(): Generator<Row> {
    opened();
    yield* all;
  }
  const read = { [Symbol.iterator]: given };
  return pipeline('scores', (flow) => {
    const onBadRow = deadLetter(parquet<BadRow>(join(dir, letters)), { name: 'bad' });
    const rows = flow.source('rows', fromIterable(read, { fingerprint: 'one' }), {
      schema,
      onBadRow,
      maxBadRows: count,
      batchRows: 777,
      ...stage,
    });
    flow.write('table', rows, parquet(join(dir, table)));
    flow.write('parts', rows, csv(join(dir, 'parts'), { partitionBy: ['part'], mode }), { writeRows: 3_000 });
  });
}
const run = (declared?: Declared, options: RunOptions = {}): Promise<Report> =>
  job(declared).run({ workers: 1, ...options }).settled;
const accounts = (report: Report): unknown[] =>
  report.outputs.map(({ name, state, rows, rejected }) => [name, state, rows, rejected]);
const rejectedIn = async (manifest: string): Promise<unknown> => {
  const { rows, rejected } = JSON.parse(await readFile(join(dir, manifest), 'utf8'));
  return { rows, rejected };
};
const whole = [
  ['bad', 'done', bad, 0],
  ['table', 'done', count - bad, bad],
  ['parts', 'done', count - bad, bad],
];

describe('bad rows of a run', () => {
  it('are exactly those in the dead letters, and the good ones exactly those in the outputs, as DuckDB reads them', async () => {
    expect(accounts(await run())).toEqual(whole);
    const [table, parts, letters] = ['table.parquet', 'parts/*/*.csv', 'bad.parquet'].map((name) =>
      join(dir, name),
    );
    const sums =
      'count(*)::int as n, count(distinct id)::int as ids, sum(id)::double as total, sum(score) as score';
    const good = all.filter(({ id }) => !isBad(id));
    const total = good.reduce((sum, { id }) => sum + id, 0);
    const wanted = [{ n: good.length, ids: good.length, total, score: total / 8 }];
    expect(await query(`select ${sums} from '${table}'`)).toEqual(wanted);
    expect(await query(`select ${sums} from read_csv('${parts}', hive_partitioning = true)`)).toEqual(wanted);
    expect(await query(`select count(*)::int as n from '${table}' where id % 7 = 3`)).toEqual([{ n: 0 }]);
    const inOrder = `select bool_and(id > before) as o from (select id, lag(id, 1, -1) over () as before from '${table}')`;
    expect(await query(inOrder)).toEqual([{ o: true }]);
    const told = `select count(*)::int as n, count(distinct row)::int as ids,
      bool_and(row % 7 = 3 and "column" = 'score' and value = 'n/a ' || row and code = 'VALUE_INVALID') as right
      from '${letters}'`;
    expect(await query(told)).toEqual([{ n: bad, ids: bad, right: true }]);
    expect(await rejectedIn('parts/_manifest.json')).toEqual({ rows: count - bad, rejected: bad });
  });

  it('are told of once each, however often the writes of their letters and of the good rows are tried', async () => {
    const faulty = <R>(name: string): Sink<R> => {
      const path = join(dir, name);
      return customSink<R>(faultySink, { path, fault: { kind: 'throw', times: 2 } }, { target: path });
    };
    const retry = exponential({ attempts: 4, baseMs: 1, capMs: 2 });
    const report = await pipeline('scores', (flow) => {
      const onBadRow = deadLetter(faulty<BadRow>('bad'), { name: 'bad', retry, writeRows: 500 });
      const rows = flow.source('rows', fromIterable(all), {
        schema,
        onBadRow,
        maxBadRows: count,
        batchRows: 400,
      });
      flow.write('table', rows, faulty<Row>('table'), { retry, writeRows: 5_000 });
    }).run({ workers: 2 }).completed;
    expect(accounts(report)).toEqual([whole[0], ['table', 'done', count - bad, bad]]);
    expect(report.stages.find(({ name }) => name === 'rows')?.rejectedRows).toBe(bad);
    expect(report.outputs[1]?.writes).toBeGreaterThan(2);
    // Every write of both was tried three times.
    for (const { writes, attempts } of report.outputs) {
      expect(attempts).toBe(3 * writes);
    }
    const linesOf = async (name: string): Promise<Record<string, unknown>[]> => {
      const texts = await Promise.all(
        (await readdir(join(dir, name))).map((part) => readFile(join(dir, name, part), 'utf8')),
      );
      return texts.flatMap((text) => text.split('\n').slice(0, -1)).map((line) => JSON.parse(line));
    };
    const told = (await linesOf('bad')).map(({ row }) => Number(row)).sort((a, b) => a - b);
    expect(told).toEqual(all.filter(({ id }) => isBad(id)).map(({ id }) => id));
    const kept = (await linesOf('table')).map(({ id }) => Number(id)).sort((a, b) => a - b);
    expect(kept).toEqual(all.filter(({ id }) => !isBad(id)).map(({ id }) => id));
  });

  it('are counted alike when a dataset is appended to: the manifest has those of the last run', async () => {
    const report = await run({ append: true });
    expect(accounts(report)).toEqual(whole);
    const next = await run({ append: true, letters: 'bad-2.parquet', table: 'table-2.parquet' });
    expect(accounts(next)).toEqual(whole);
    expect(await rejectedIn('parts/_manifest.json')).toEqual({ rows: 2 * (count - bad), rejected: bad });
  });

  it.each([{ durable: false }, { durable: true }])(
    'are counted alike in a job that was cut off and goes on, durable: $durable',
    async ({ durable }) => {
      const options = { resume: join(dir, 'jobs'), durable };
      const table = 'blocked/table.parquet';
      await writeFile(join(dir, 'blocked'), 'in the way');
      const first = await run({ table }, options);
      expect(accounts(first)).toEqual([whole[0], ['table', 'failed', 0, 0], whole[2]]);
      await rm(join(dir, 'blocked'));
      const second = await run({ table }, options);
      expect(second.kept).toEqual(['bad', 'parts']);
      expect(accounts(second)).toEqual(whole);
      const third = await run({ table }, options);
      expect(third.kept).toEqual(['bad', 'table', 'parts']);
      expect(accounts(third)).toEqual(whole);
    },
  );

  it('keep the outputs of their stage back also in a durable job that goes on from what it kept', async () => {
    const options = { resume: join(dir, 'jobs'), durable: true };
    const states = (report: Report): unknown => report.outputs.map(({ name, state }) => [name, state]);
    const refused = ['bad', 'table', 'parts'].map((name) => [name, 'failed']);
    // Somebody takes the place of the dead letters once the rows are being read: all is computed, nothing published.
    const opened = (): void => writeFileSync(join(dir, 'bad.parquet'), 'somebody else has it');
    const first = await run({ opened }, options);
    expect(states(first)).toEqual(refused);
    const second = await run({}, options);
    // It has read back what the first has computed.
    expect(second.runId).toBe(first.runId);
    expect(states(second)).toEqual(refused);
    expect(second.outputs[1]?.error?.message).toContain('Output table is not published: bad');
    expect((await readdir(dir)).toSorted()).toEqual(['bad.parquet', 'jobs']);
    await rm(join(dir, 'bad.parquet'));
    expect(accounts(await run({}, options))).toEqual(whole);
  });

  it('keep the outputs of their stage from being published when nobody can be told of them', async () => {
    await writeFile(join(dir, 'bad.parquet'), 'somebody else has it');
    const refused = await run();
    expect(accounts(refused).map((account) => (account as unknown[]).slice(0, 2))).toEqual([
      ['bad', 'failed'],
      ['table', 'failed'],
      ['parts', 'failed'],
    ]);
    expect(refused.outputs[1]?.error?.message).toMatch(
      /Output table is not published: bad, which takes the rows .* failed \(.*exists/,
    );
  });
});
