// A tiny case through the real runner: real child processes, real files, read back by DuckDB.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BenchCase, BenchContext, CaseResult } from './harness/bench-case.js';
import type { Reader } from './harness/read-back.js';

// Contenders are loaded from dist, by URLs relative to the module that names them.
const load = async <T>(module: string): Promise<T> =>
  (await import(/* @vite-ignore */ new URL(`./dist/${module}.js`, import.meta.url).href)) as T;
const { runBench } = await load<typeof import('./run-bench.js')>('run-bench');
const { raceTables } = await load<typeof import('./cases/table-race.js')>('cases/table-race');
const { openReader } = await load<typeof import('./harness/read-back.js')>('harness/read-back');
const { eventFacts } = await load<typeof import('./data/event-checks.js')>('data/event-checks');
const { eventColumns } = await load<typeof import('./data/synthetic.js')>('data/synthetic');
const { measuresOf } = await load<typeof import('./harness/statistics.js')>('harness/statistics');
const { atLeast } = await load<typeof import('./harness/bars.js')>('harness/bars');

const rows = 3_000;
const contenders = [
  { name: 'Tailrace', module: 'tailrace' },
  { name: 'DuckDB', module: 'duckdb' },
];

async function tinyRace(context: BenchContext, reader: Reader, ofRows: number): Promise<CaseResult> {
  const form = { kind: 'csv', gzip: false } as const;
  const facts = eventFacts(eventColumns(ofRows));
  const { reports, fileBytes } = await raceTables(context, reader, {
    rows,
    rounds: 2,
    form,
    contenders,
    facts,
  });
  const samples = Array.from(reports, ([contender, rounds]) => ({
    contender,
    metric: 'time',
    unit: 's',
    values: rounds.map(({ seconds }) => seconds),
  }));
  return {
    measures: measuresOf(samples),
    bars: [atLeast('files written', 2, fileBytes.size, ''), atLeast('out of reach', 1e9, fileBytes.size, '')],
    plots: [{ kind: 'bars', title: 'Time', unit: 's', rows: [] }],
    notes: [],
  };
}

function tiny(ofRows: number): BenchCase {
  return {
    name: 'text',
    title: 'a tiny case',
    about: 'Three thousand rows.',
    async run(context) {
      const reader = await openReader();
      try {
        return await tinyRace(context, reader, ofRows);
      } finally {
        reader.close();
      }
    },
  };
}

describe('a run of the bench', () => {
  let folder: string;
  const printed: string[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-bench-'));
    printed.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  const runTiny = (ofRows: number) =>
    runBench({
      cases: [async () => tiny(ofRows)],
      quick: true,
      places: {
        work: join(folder, 'work'),
        results: join(folder, 'results'),
        page: join(folder, 'docs'),
        byHand: join(folder, 'profiles.md'),
      },
      signal: new AbortController().signal,
      print: (text) => printed.push(text),
      progress: () => {},
      now: () => new Date('2001-02-03'),
    });

  it('measures contenders in processes of their own, keeps the figures, makes the page and names the missed bar', async () => {
    const missed = await runTiny(rows);
    expect(missed.map(({ bar }) => bar.text)).toEqual(['out of reach']);

    const measures = JSON.parse(await readFile(join(folder, 'results/text.json'), 'utf8'));
    expect(measures).toHaveLength(2);
    expect(measures[0]).toMatchObject({ contender: 'Tailrace', metric: 'time', ratioToTailrace: 1 });
    expect(measures[1].median).toBeGreaterThan(0);

    expect(printed.join('\n')).toContain('MISSED: out of reach');
    const page = await readFile(join(folder, 'docs/benchmarks.md'), 'utf8');
    expect(page).toContain('## text: a tiny case');
    expect(page).toContain('Measured 2001-02-03');
    expect(await readdir(join(folder, 'docs/benchmarks'))).toEqual(['text.svg']);
    expect(await readdir(join(folder, 'work'))).toEqual([]);
  });

  it('fails when what was read back is not what was given, and keeps nothing', async () => {
    await expect(runTiny(rows + 1)).rejects.toThrow(
      /wrote is not what it was given: rows is 3000, expected 3001/,
    );
    await expect(readdir(join(folder, 'results'))).rejects.toThrow(/ENOENT/);
    expect(await readdir(join(folder, 'work'))).toEqual([]);
  });
});
