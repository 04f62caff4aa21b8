// A job that was cut off and is run again: what was published stays, the rest is written, all from the same data.
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readNdjson } from '@tailrace/adapters/sources';
import {
  defineSchema,
  float64,
  fromIterable,
  int32,
  type Pipeline,
  pipeline,
  type Report,
  type Run,
  type RunOptions,
  type Source,
  type WriteMode,
} from '@tailrace/core';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { map } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { query } from '../support/duckdb.js';

const rows = 5_000;
const schema = defineSchema({ n: int32(), part: int32(), drawn: float64() });
interface Row {
  readonly n: number;
  readonly part: number;
  readonly drawn: number;
}

let dir = '';
let computed: Record<string, number> = {};
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-resume-'));
  computed = {};
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Declared {
  readonly mode?: WriteMode;
  readonly version?: string;
  readonly source?: Source<Row>;
  /** What is drawn in this run: stages that are not the same twice. */
  readonly drawn?: number;
}
const numbers = (drawn: number, fingerprint?: string): Source<Row> =>
  fromIterable(
    Array.from({ length: rows }, (_, n) => ({ n, part: n % 3, drawn })),
    fingerprint === undefined ? {} : { fingerprint },
  );
const counted = (stage: string) =>
  map((row: Row): Row => {
    computed[stage] = (computed[stage] ?? 0) + 1;
    return row;
  });

/** Three outputs of one source; the last one goes to `last/table`, which a file called `last` makes impossible. */
function job({ mode = 'error', version, source = numbers(1, 'one') }: Declared = {}): Pipeline {
  return pipeline(
    'job',
    (flow) => {
      const raw = flow.source('raw', source, { schema });
      const left = flow.stage('left', raw, counted('left'), { schema });
      const right = flow.stage('right', raw, counted('right'), { schema });
      flow.write(
        'file',
        left,
        ndjson(join(dir, 'file.ndjson'), { mode: mode === 'append' ? 'overwrite' : mode }),
      );
      flow.write('parts', left, csv(join(dir, 'parts'), { mode, partitionBy: ['part'] }));
      flow.write('last', right, parquet(join(dir, 'last/table'), { mode }));
    },
    version === undefined ? {} : { version },
  );
}
async function run(declared?: Declared, options: RunOptions = {}): Promise<Report> {
  const started = job(declared).run({ workers: 1, resume: join(dir, 'jobs'), ...options });
  const report = await started.settled;
  expect(started.id).toBe(report.runId);
  return report;
}
const breakLast = (): Promise<void> => writeFile(join(dir, 'last'), 'in the way');
const mendLast = (): Promise<void> => rm(join(dir, 'last'));
const errorsOf = async (declared?: Declared, options: RunOptions = {}): Promise<unknown[]> => {
  const { completed } = job(declared).run({ workers: 1, resume: join(dir, 'jobs'), ...options });
  // A run that does not complete rejects with an AggregateError.
  const error = (await completed.catch((reason: unknown) => reason)) as AggregateError;
  return error.errors;
};

const tables = {
  file: () => `read_json('${dir}/file.ndjson', format = 'newline_delimited')`,
  parts: () => `read_csv('${dir}/parts/**/*.csv', hive_partitioning = true)`,
  last: () => `read_parquet('${dir}/last/table/*.parquet')`,
};
async function expectOnce(times = 1): Promise<void> {
  for (const [name, table] of Object.entries(tables)) {
    const of = name === 'file' ? 1 : times;
    expect(
      await query(
        `select count(*)::int as rows, count(distinct n)::int as numbers, sum(n)::double as total from ${table()}`,
      ),
      name,
    ).toEqual([{ rows: rows * of, numbers: rows, total: (of * rows * (rows - 1)) / 2 }]);
  }
}
/** Inodes and times of all that is published: equal when nothing was touched. */
async function traces(path: string): Promise<unknown[]> {
  const names = (await stat(path)).isDirectory() ? await readdir(path, { recursive: true }) : [''];
  return Promise.all(
    names.sort().map(async (name) => {
      const { ino, mtimeMs, size } = await stat(join(path, name));
      return [name, ino, mtimeMs, size];
    }),
  );
}

describe('a job that failed in part', () => {
  it.each(['error', 'append', 'overwrite'] as const)(
    'keeps in mode %s what is published, untouched and not computed again, and writes the rest once',
    async (mode) => {
      await breakLast();
      expect(await run({ mode })).toMatchObject({ state: 'failed', kept: [] });
      await mendLast();
      const before = [await traces(join(dir, 'file.ndjson')), await traces(join(dir, 'parts'))];
      computed = {};
      const report = await run({ mode });
      expect(report).toMatchObject({ state: 'completed', kept: ['file', 'parts'], rows });
      expect(report.outputs.map(({ name, kept, rows: written }) => [name, kept, written])).toEqual([
        ['file', true, rows],
        ['parts', true, rows],
        ['last', false, rows],
      ]);
      expect(computed).toEqual({ right: rows });
      expect([await traces(join(dir, 'file.ndjson')), await traces(join(dir, 'parts'))]).toEqual(before);
      await expectOnce();
    },
  );

  it('stays finished once it is, and says so', async () => {
    expect(await run({ mode: 'append' })).toMatchObject({ state: 'completed', kept: [] });
    computed = {};
    expect(await run({ mode: 'append' })).toMatchObject({
      state: 'completed',
      kept: ['file', 'parts', 'last'],
      rows: 0,
    });
    expect(computed).toEqual({});
    await expectOnce();
  });

  it('finds what was published by its manifest when the journal lost the word of it', async () => {
    await run({ mode: 'append' });
    // Nothing but the run record is left: what a crash before every outcome leaves.
    const journal = join(dir, 'jobs/journal');
    const bytes = await readFile(journal);
    const first = 19;
    await truncate(journal, first + 12 + bytes.readUInt32LE(first));
    expect(await run({ mode: 'append' })).toMatchObject({
      state: 'completed',
      kept: ['file', 'parts', 'last'],
    });
    await expectOnce();
  });

  it('writes again what something else has replaced, in mode overwrite, and refuses to guess in mode append', async () => {
    await run({ mode: 'append' });
    const [part = ''] = (await readdir(join(dir, 'parts/part=1'))).filter((name) => name.endsWith('.csv'));
    await rm(join(dir, 'parts/part=1', part));
    expect(await errorsOf({ mode: 'append' })).toMatchObject([
      { code: 'CONFLICT', message: expect.stringContaining("'parts'") },
    ]);
    expect(await readdir(join(dir, 'parts/part=1'))).toEqual([]);
    await rm(join(dir, 'jobs'), { recursive: true });
    await run({ mode: 'overwrite' });
    await rm(join(dir, 'last/table'), { recursive: true });
    expect(await run({ mode: 'overwrite' })).toMatchObject({ state: 'completed', kept: ['file', 'parts'] });
    await expectOnce();
  });

  it('is begun anew by another version where outputs are replaced, and refuses where they are not', async () => {
    await run({ mode: 'overwrite', version: '1' });
    expect(await run({ mode: 'overwrite', version: '2' })).toMatchObject({ state: 'completed', kept: [] });
    expect(await run({ mode: 'overwrite', version: '2' })).toMatchObject({ kept: ['file', 'parts', 'last'] });
    expect(await errorsOf({ mode: 'append', version: '2' })).toMatchObject([{ code: 'CONFLICT' }]);
    await expectOnce();
  });

  it('appends again when its source has changed after it was finished', async () => {
    await run({ mode: 'append' });
    const report = await run({ mode: 'append', source: numbers(1, 'two') });
    expect(report).toMatchObject({ state: 'completed', kept: [] });
    await expectOnce(2);
  });
});

describe('outputs of one job', () => {
  const failed = async (declared: Declared, options?: RunOptions): Promise<void> => {
    await breakLast();
    expect(await run(declared, options)).toMatchObject({ state: 'failed' });
    await mendLast();
  };
  const draws = async (): Promise<unknown[]> => {
    const found: unknown[] = [];
    for (const table of Object.values(tables)) {
      found.push(
        ...(await query(`select distinct drawn::int as drawn from ${table()}`)).map(({ drawn }) => drawn),
      );
    }
    return found;
  };

  it('are not mixed when a source has changed: nothing is written, and the error names it', async () => {
    await failed({});
    const source = numbers(2, 'two');
    expect(await errorsOf({ source })).toMatchObject([
      { code: 'NONDETERMINISM', status: 'permanent', message: expect.stringContaining("'raw'") },
    ]);
    expect(await readdir(dir)).not.toContain('last');
    // As it was, the job goes on.
    expect(await run()).toMatchObject({ state: 'completed', kept: ['file', 'parts'] });
    await expectOnce();
  });

  it('are not mixed when a file that is read has been written anew', async () => {
    const input = join(dir, 'input.ndjson');
    const lines = Array.from({ length: rows }, (_, n) => `{"n":${n},"part":${n % 3},"drawn":1}\n`);
    await writeFile(input, lines.join(''));
    await failed({ source: readNdjson(input, { schema }) });
    await utimes(input, 1, 1);
    expect(await errorsOf({ source: readNdjson(input, { schema }) })).toMatchObject([
      { code: 'NONDETERMINISM' },
    ]);
  });

  it('are written together again where nothing is known of the source and the mode allows it', async () => {
    await failed({ mode: 'overwrite', source: numbers(1) });
    expect(await run({ mode: 'overwrite', source: numbers(2) })).toMatchObject({
      state: 'completed',
      kept: [],
    });
    expect(await draws()).toEqual([2, 2, 2]);
    await expectOnce();
  });

  it.each(['append', 'error'] as const)(
    'are refused in mode %s where nothing is known of the source',
    async (mode) => {
      await failed({ mode, source: numbers(1) });
      expect(await errorsOf({ mode, source: numbers(2) })).toMatchObject([{ code: 'NONDETERMINISM' }]);
      expect(await readdir(dir)).not.toContain('last');
    },
  );

  it.each(['append', 'error', 'overwrite'] as const)(
    'come from what was kept on disk in a durable job in mode %s, and that is removed at the end',
    async (mode) => {
      const durable = { durable: true };
      await failed({ mode, source: numbers(1) }, durable);
      expect(await readdir(join(dir, 'jobs'))).toEqual(['journal', 'spill']);
      computed = {};
      const report = await run({ mode, source: numbers(2) }, durable);
      expect(report).toMatchObject({ state: 'completed', kept: ['file', 'parts'] });
      expect(computed).toEqual({});
      expect(await draws()).toEqual([1, 1, 1]);
      expect(await readdir(join(dir, 'jobs'))).toEqual(['journal']);
      await expectOnce();
    },
  );

  /** Its stages add a change to one row, though their source is known to be the same. */
  const unsteady = (change: number, { last, size = 500, failsAt, mode = 'error' }: Unsteady = {}): Pipeline =>
    pipeline('unsteady', (flow) => {
      const raw = flow.source('raw', numbers(1, 'one'), { schema });
      const adding = map((row: Row): Row => {
        if (row.n === failsAt) throw new Error('not now');
        return row.n === 2_700 ? { ...row, drawn: row.drawn + change } : row;
      });
      const left = flow.stage('left', raw, adding, { schema, batchRows: size });
      const right = flow.stage('right', raw, adding, { schema, batchRows: size });
      const cut = { writeRows: 1_000 };
      flow.write('parts', left, csv(join(dir, 'parts'), { mode }), cut);
      flow.write('last', last === 'right' ? right : left, parquet(join(dir, 'last/table'), { mode }), cut);
    });
  interface Unsteady {
    readonly mode?: WriteMode;
    /** What the last output is written from; else from `left`, as the first one. */
    readonly last?: 'right';
    /** Rows of a batch. */
    readonly size?: number;
    /** The row at which the stages fail. */
    readonly failsAt?: number;
  }
  const ran = (declared: Pipeline, options: RunOptions = {}): Run =>
    declared.run({ workers: 1, resume: join(dir, 'jobs'), ...options });

  it.each(['error', 'append', 'overwrite'] as const)(
    'are not mixed in mode %s when a stage does not give the same again: the error names output, write and column',
    async (mode) => {
      await breakLast();
      await ran(unsteady(0, { mode })).settled;
      await mendLast();
      const before = await traces(join(dir, 'parts'));
      const run = ran(unsteady(1, { mode }));
      // A run that does not complete rejects with an AggregateError.
      const { errors } = (await run.completed.catch((reason: unknown) => reason)) as AggregateError;
      expect(errors).toMatchObject([{ code: 'NONDETERMINISM', status: 'permanent' }]);
      expect(errors[0].message).toMatch(
        /^Stage 'left' .*published 'parts'.*write 2 of output 'parts', rows 2000 to 3000: the checksum of column 'drawn'.*'last' would not agree/s,
      );
      expect(await readdir(join(dir, 'last')).catch(() => [])).toEqual([]);
      expect(await traces(join(dir, 'parts'))).toEqual(before);
      // As it was, in batches of another size, the job goes on.
      const report = await ran(unsteady(0, { mode, size: 700 })).completed;
      expect(report).toMatchObject({ state: 'completed', kept: ['parts'] });
      expect(report.outputs.flatMap(({ notes }) => notes ?? [])).toEqual([]);
    },
  );

  it('may come from what no earlier attempt gave while nothing of those is published, and the report says so', async () => {
    await ran(unsteady(0, { failsAt: 4_500, last: 'right' })).settled;
    expect(await readdir(dir)).toEqual(['jobs']);
    const report = await ran(unsteady(1, { last: 'right' })).completed;
    for (const { name, notes } of report.outputs) {
      expect(notes, name).toEqual([expect.stringMatching(/did not give the same.*write 2 of output/)]);
    }
    expect(await readdir(dir)).toEqual(['jobs', 'last', 'parts']);
  });

  it('are not published by a durable job of which one stage fails, however complete the others are', async () => {
    const failing = pipeline('failing', (flow) => {
      const raw = flow.source('raw', numbers(1), { schema });
      const right = flow.stage(
        'right',
        raw,
        map((row: Row): Row => {
          if (row.n === rows - 1) throw new Error('at the very end');
          return row;
        }),
        { schema },
      );
      flow.write('parts', raw, csv(join(dir, 'parts')));
      flow.write('last', right, csv(join(dir, 'last')));
    });
    expect((await ran(failing, { durable: true }).settled).outputs).toMatchObject([
      { name: 'parts', state: 'failed', rows },
      { name: 'last', state: 'failed' },
    ]);
    expect(await readdir(dir)).toEqual(['jobs']);
  });

  it('notice that what a durable job kept was damaged', async () => {
    await failed({ source: numbers(1) }, { durable: true });
    const spill = join(dir, 'jobs/spill');
    const files = (await readdir(spill, { recursive: true })).filter((name) => name.endsWith('.arrows'));
    for (const file of files) {
      const bytes = await readFile(join(spill, file));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await writeFile(join(spill, file), bytes);
    }
    expect(await errorsOf({ source: numbers(2) }, { durable: true })).toMatchObject([
      { code: 'STORE_FAILED', message: expect.stringContaining('not what was written') },
    ]);
    await rm(join(spill, files[0] ?? ''));
    expect(await errorsOf({ source: numbers(2) }, { durable: true })).toMatchObject([
      { code: 'NONDETERMINISM' },
    ]);
  });
});

it('a directory of a job belongs to one pipeline, and to one run at a time', async () => {
  const source = numbers(1, 'one');
  let goOn = (): void => {};
  const released = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let first: Run | undefined;
  // The first run holds the directory from before its source is opened until it is let go on.
  await new Promise<void>((opened) => {
    const held: Source<Row> = {
      ...source,
      async *open(signal) {
        opened();
        await released;
        yield* source.open(signal);
      },
    };
    first = job({ source: held }).run({ workers: 1, resume: join(dir, 'jobs') });
  });
  expect(await errorsOf()).toMatchObject([{ code: 'CONFLICT' }]);
  goOn();
  await first?.completed;
  await mkdir(join(dir, 'other'));
  const other = pipeline('other', (flow) => {
    flow.write('x', flow.source('raw', numbers(1)), csv(join(dir, 'other/x.csv')));
  }).run({ resume: join(dir, 'jobs') });
  await expect(other.completed).rejects.toThrow(/holds the job of pipeline 'job'/);
});
