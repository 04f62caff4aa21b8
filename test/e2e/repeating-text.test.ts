// Text whose strings repeat is held as a dictionary when its type is inferred; nothing that is written shows it.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromIterable, pipeline, type Report } from '@tailrace/core';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { query } from '../support/duckdb.js';

interface Row {
  readonly n: number;
  readonly state: string | null;
  readonly note: string;
}

/** States repeat always; notes in the first rows only, so that the sample takes them for what they are not. */
const rows: Row[] = Array.from({ length: 12_000 }, (_, n) => ({
  n,
  state: n % 101 === 0 ? null : `état ${n % 7}`,
  note: n < 5_000 ? `note ${n % 9}` : `note "${n}", once`,
}));
const few = rows.slice(0, 50);

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'tailrace-repeats-'));
});
afterEach(async () => {
  await rm(out, { recursive: true, force: true });
});

const write = (items: readonly Row[], mode: 'error' | 'append'): Promise<Report> =>
  pipeline('repeats', (flow) => {
    const source = flow.source('rows', fromIterable(items));
    flow.write('parquet', source, parquet(join(out, 'parquet'), { mode }));
    flow.write('states', source, parquet(join(out, 'states'), { mode, partitionBy: ['state'] }));
    flow.write('csv', source, csv(join(out, 'csv'), { mode }));
    flow.write('ndjson', source, ndjson(join(out, 'ndjson'), { mode }));
  }).run({ workers: 1 }).completed;

const summary =
  'count(*)::int as rows, count(state)::int as states, count(distinct note)::int as notes, bit_xor(hash(n::bigint, state, note)) as hash';

describe('text that repeats', () => {
  test('reads back the same from every format, also when other rows with other repeats are added', async () => {
    const first = await write(rows, 'error');
    const second = await write(few, 'append');
    expect(first.outputs.map(({ rows: written }) => written)).toEqual([12_000, 12_000, 12_000, 12_000]);
    expect(second.outputs.map(({ rows: written }) => written)).toEqual([50, 50, 50, 50]);

    const sources = [
      `read_parquet('${out}/parquet/*.parquet')`,
      `read_parquet('${out}/states/*/*.parquet', hive_partitioning = true)`,
      `read_csv('${out}/csv/*.csv', header = true, quote = '"', escape = '"', all_varchar = true)`,
      `read_json('${out}/ndjson/*.ndjson', format = 'newline_delimited')`,
    ];
    const facts = [];
    for (const from of sources) facts.push((await query(`select ${summary} from ${from}`))[0]);
    expect(facts[0]).toMatchObject({ rows: 12_050, states: 12_050 - 119 - 1, notes: 7_009 });
    for (const fact of facts) expect(fact).toEqual(facts[0]);
    expect((await readdir(join(out, 'states'))).filter((name) => name.startsWith('state=')).length).toBe(8);
  });
});
