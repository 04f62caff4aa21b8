// Disks that are full, that become full, and that may not be written to. Every mount is a small tmpfs of its own.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createMemory,
  createPool,
  defineSchema,
  exponential,
  fromChunks,
  fromIterable,
  int32,
  isTailraceError,
  materialise,
  none,
  type Pipeline,
  pipeline,
  type RetryPolicy,
  type Run,
  type Source,
  type TailraceError,
  utf8,
} from '@tailrace/core';
import { ndjson, parquet } from '@tailrace/writers';
import { concat, firstValueFrom, from, ignoreElements, mergeMap } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { query } from '../support/duckdb.js';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.js';

const MiB = 2 ** 20;
const schema = defineSchema({ n: int32(), text: utf8() });
let dir: string;
let disk: SmallDisk;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-faults-'));
  disk = mountSmallDisk(4 * 1024);
});
afterEach(async () => {
  disk.unmount();
  await rm(dir, { recursive: true, force: true });
});

interface Row {
  readonly n: number;
  readonly text: string;
}
/** 100 bytes a row that no codec makes small: 100,000 of them are more than the disk holds. */
function* chunks(count: number): Generator<Row[]> {
  let state = 1;
  const text = (): string => {
    let letters = '';
    for (let index = 0; index < 13; index += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      letters += state.toString(16).padStart(8, '0');
    }
    return letters;
  };
  for (let chunk = 0; chunk < count; chunk += 1) {
    yield Array.from({ length: 1_000 }, (_, index) => ({ n: chunk * 1_000 + index, text: text() }));
  }
}
const source = (count: number, onChunk: (chunk: number) => void = () => {}): Source<Row> =>
  fromChunks(async function* () {
    let chunk = 0;
    for (const rows of chunks(count)) {
      onChunk(chunk);
      chunk += 1;
      yield rows;
    }
  });
const quick = exponential({ attempts: 3, baseMs: 1, capMs: 2 });

/** What the run failed of: one error per output that is not done. */
async function failuresOf(run: Run): Promise<TailraceError[]> {
  const failure: unknown = await run.completed.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof AggregateError)) throw new Error('The run did not fail.', { cause: failure });
  return failure.errors.filter(isTailraceError);
}
const countIn = async (path: string): Promise<number> => {
  const [row] = await query(`select count(*)::int as rows from read_parquet('${path}/*.parquet')`);
  return Number(row?.rows);
};

describe.each([{ workers: 1 }, { workers: 0 }])(
  'an output on a full disk, with $workers workers',
  ({ workers }) => {
    const both = (retry: RetryPolicy, single: boolean): Pipeline =>
      pipeline('two disks', (flow) => {
        const rows = flow.source('rows', source(100), { schema });
        const target = single ? ndjson<Row>(`${disk.path}/full.ndjson`) : parquet<Row>(`${disk.path}/full`);
        flow.write('full', rows, target, { retry });
        flow.write('sibling', rows, parquet(`${dir}/sibling`));
      });

    it.each([
      ['directory', false],
      ['file', true],
    ])('as a %s: fails with what to do, leaves nothing there, and its sibling is done', async (_, single) => {
      const run = both(quick, single).run({ workers });
      const failures = await failuresOf(run);
      expect(failures).toHaveLength(1);
      expect(failures[0]).toMatchObject({
        code: 'STORE_FAILED',
        status: 'temporary',
        context: { errno: 'ENOSPC', output: 'full', path: expect.stringContaining(disk.path) },
      });
      expect(failures[0]?.message).toContain(disk.path);
      expect(failures[0]?.message).toContain('ENOSPC. The disk is full: free some space.');
      const report = await run.settled;
      expect(report.outputs.map(({ name, state, attempts }) => [name, state, attempts])).toEqual([
        ['full', 'failed', 3],
        ['sibling', 'done', 1],
      ]);
      expect(await readdir(disk.path)).toEqual([]);
      expect(await countIn(`${dir}/sibling`)).toBe(100_000);
    });

    it('fails before any row is computed when not even its staging directory has room', async () => {
      disk.fill();
      let asked = 0;
      const run = pipeline('full from the start', (flow) => {
        const rows = flow.source(
          'rows',
          source(1, () => (asked += 1)),
          { schema },
        );
        flow.write('full', rows, parquet(`${disk.path}/full`), { retry: quick });
      }).run({ workers });
      const [failure] = await failuresOf(run);
      expect(failure).toMatchObject({ code: 'STORE_FAILED', context: { errno: 'ENOSPC' } });
      expect(failure?.message).toMatch(/The disk is full: free some space/);
      expect(asked).toBe(0);
      expect(await readdir(disk.path)).toEqual(['filling']);
    });

    it('is written after all when space is freed between two attempts', async () => {
      disk.fill(1 * MiB);
      let retries = 0;
      const freeing: RetryPolicy = () => {
        retries += 1;
        if (retries === 1) disk.free();
        return { retry: retries < 3, delayMs: 0 };
      };
      const run = pipeline('freed', (flow) => {
        const rows = flow.source('rows', source(20), { schema });
        flow.write('full', rows, parquet(`${disk.path}/full`), { retry: freeing });
      }).run({ workers });
      const report = await run.completed;
      expect(retries).toBe(1);
      expect(report.outputs[0]).toMatchObject({ state: 'done', rows: 20_000, attempts: 2 });
      expect(await countIn(`${disk.path}/full`)).toBe(20_000);
      expect(await readdir(disk.path)).toEqual(['full']);
    });

    it('leaves the previous version whole when its replacement finds no room', async () => {
      const write = (count: number): Run =>
        pipeline('replace', (flow) => {
          const rows = flow.source('rows', source(count), { schema });
          flow.write('table', rows, parquet(`${disk.path}/table`, { mode: 'overwrite' }), { retry: quick });
        }).run({ workers });
      await write(10).completed;
      const before = await readdir(`${disk.path}/table`);
      expect(await failuresOf(write(100))).toMatchObject([{ context: { errno: 'ENOSPC' } }]);
      expect(await readdir(disk.path)).toEqual(['table']);
      expect(await readdir(`${disk.path}/table`)).toEqual(before);
      expect(await countIn(`${disk.path}/table`)).toBe(10_000);
    });
  },
);

describe('a full scratch disk', () => {
  const spillError = {
    code: 'STORE_FAILED',
    message: expect.stringMatching(
      /^Scratch storage: write .*ENOSPC.*name another directory \(scratchDir\)\.$/,
    ),
  };
  // A rest of room, so that the first batches can be spilled.
  beforeEach(() => disk.fill(1 * MiB));
  afterEach(async () => {
    expect(await readdir(disk.path)).toEqual(['filling']);
    expect((await readdir(dir)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('fails a run whose slow output spills, with what to do', async () => {
    const run = pipeline('spilling', (flow) => {
      const rows = flow.source('rows', source(100), { schema, batchRows: 1_000 });
      // One file is one write, which is sealed only at the end: its batches can only be spilled.
      flow.write('large', rows, ndjson(`${dir}/large.ndjson`), { slow: 'spill', retry: quick });
    }).run({ workers: 1, memory: '5MiB', scratchDir: disk.path });
    const failures = await failuresOf(run);
    expect(failures).toMatchObject([spillError]);
    expect(failures[0]?.message).toContain(disk.path);
    expect(await readdir(dir)).toEqual([]);
  });

  it('fails a run whose held stage spills, in every output below it', async () => {
    const run = pipeline('holding', (flow) => {
      const rows = flow.source('rows', source(100), { schema, batchRows: 1_000 });
      const held = flow.hold(rows);
      const later = flow.combine('later', [rows, held], (first, kept) =>
        concat(first.pipe(ignoreElements()), kept),
      );
      flow.write('later', later, ndjson(`${dir}/later`), { retry: quick });
    }).run({ workers: 1, memory: '5MiB', scratchDir: disk.path });
    expect(await failuresOf(run)).toMatchObject([spillError]);
    expect(await readdir(dir)).toEqual([]);
  });

  it('fails a stage that floods out more than the memory holds within one call', async () => {
    const run = pipeline('flooding', (flow) => {
      const ticks = flow.source('ticks', fromIterable([0]));
      const flood = flow.stage(
        'flood',
        ticks,
        mergeMap(() => from(Array.from(chunks(100)).flat())),
        { schema, batchRows: 1_000 },
      );
      flow.write('flooded', flood, ndjson(`${dir}/flooded`), { retry: quick });
    }).run({ workers: 1, memory: '5MiB', scratchDir: disk.path });
    expect(await failuresOf(run)).toMatchObject([spillError]);
    expect(await readdir(dir)).toEqual([]);
  });

  it('fails a dataset that spills while it is computed', async () => {
    const memory = createMemory({ limitBytes: 2 * MiB, scratchDir: disk.path });
    const pool = createPool({ workers: 1, memory });
    const rows = from([...chunks(60)].flat());
    await expect(
      firstValueFrom(rows.pipe(materialise({ schema, memory, batchRows: 1_000 }))),
    ).rejects.toMatchObject(spillError);
    await pool.drain();
    expect(memory.budget.usedBytes).toBe(0);
    await memory.scratch.close();
  });
});

describe('a disk that may not be written to', () => {
  it('fails its output at once, for good, and before any row is computed', async () => {
    disk.readOnly(true);
    let asked = 0;
    let decided = 0;
    const run = pipeline('read-only', (flow) => {
      const rows = flow.source(
        'rows',
        source(3, () => (asked += 1)),
        { schema },
      );
      const retry: RetryPolicy = (error, attempt, random) => {
        decided += 1;
        return quick(error, attempt, random);
      };
      flow.write('locked', rows, parquet(`${disk.path}/locked`), { retry });
    }).run({ workers: 1 });
    const [failure] = await failuresOf(run);
    expect(failure).toMatchObject({ code: 'STORE_FAILED', status: 'permanent', context: { errno: 'EROFS' } });
    expect(failure?.message).toContain(`${disk.path}`);
    expect(failure?.message).toMatch(
      /EROFS\. The file system is read-only: mount it writable or write elsewhere\.$/,
    );
    expect([asked, decided]).toEqual([0, 0]);
  });

  it('is not tried again when it becomes so in the middle; what is left is removed by the next run', async () => {
    const write = (onChunk?: (chunk: number) => void): Run =>
      pipeline('locked', (flow) => {
        const rows = flow.source('rows', source(3, onChunk), { schema, batchRows: 1_000 });
        flow.write('locked', rows, parquet(`${disk.path}/locked`), { retry: quick });
        flow.write('sibling', rows, parquet(`${dir}/sibling`, { mode: 'overwrite' }));
      }).run({ workers: 1 });
    // Every target is open before the first row is asked for, and no file yet.
    const run = write((chunk) => {
      if (chunk === 0) disk.readOnly(true);
    });
    expect(await failuresOf(run)).toMatchObject([
      { code: 'STORE_FAILED', status: 'permanent', context: { errno: 'EROFS', output: 'locked' } },
    ]);
    const report = await run.settled;
    expect(report.outputs.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['failed', 1],
      ['done', 1],
    ]);
    expect((await readdir(disk.path)).map((name) => name.replace(/-.*/, ''))).toEqual(['.locked.stage']);

    disk.readOnly(false);
    await write().completed;
    expect(await readdir(disk.path)).toEqual(['locked']);
    expect(await countIn(`${disk.path}/locked`)).toBe(3_000);
  });
});

describe('an output that waits for room', () => {
  const waiting = { retry: none(), onDiskFull: 'wait' } as const;
  /** Lets the run go on until the output has found no room. */
  const untilPaused = async (run: Run): Promise<void> => {
    for (;;) {
      const [output] = run.progress().outputs;
      if (output?.writes.paused === 1) return;
      if (output?.state === 'failed') throw new Error('The output has failed instead.');
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it.each([
    ['directory', false],
    ['file', true],
  ])(
    'as a %s: is paused while its sources are held, and has every row once there is room',
    async (_, single) => {
      disk.fill(1 * MiB);
      let asked = 0;
      const path = `${disk.path}/${single ? 'full.ndjson' : 'full'}`;
      const run = pipeline('waiting', (flow) => {
        const rows = flow.source(
          'rows',
          source(25, () => (asked += 1)),
          { schema, batchRows: 1_000 },
        );
        flow.write('full', rows, ndjson<Row>(path), waiting);
        // Nothing can be moved out of the way, the scratch storage being on the same disk; one file is one write, and must fit.
      }).run({ workers: 1, memory: single ? '16MiB' : '4MiB', scratchDir: disk.path });
      await untilPaused(run);
      expect(run.progress().bytesHeld).toBeLessThanOrEqual(single ? 16 * MiB : 4 * MiB);
      if (!single) expect(asked).toBeLessThan(25);
      disk.free();
      const report = await run.completed;
      expect(report.outputs[0]).toMatchObject({ state: 'done', rows: 25_000 });
      expect(report.outputs[0]?.attempts).toBeGreaterThan(1);
      const files = single ? path : `${path}/*.ndjson`;
      expect(
        await query(
          `select count(*)::int as rows, count(distinct n)::int as different, sum(n)::int as total
         from read_json('${files}', format = 'newline_delimited')`,
        ),
      ).toEqual([{ rows: 25_000, different: 25_000, total: (24_999 * 25_000) / 2 }]);
      expect((await readdir(disk.path)).sort()).toEqual(
        single ? ['.full.ndjson.manifest.json', 'full.ndjson'] : ['full'],
      );
    },
  );

  it('is paused before a row is computed when there is no room for its staging directory', async () => {
    disk.fill();
    let asked = 0;
    const run = pipeline('full from the start', (flow) => {
      const rows = flow.source(
        'rows',
        source(3, () => (asked += 1)),
        { schema },
      );
      flow.write('full', rows, parquet(`${disk.path}/full`), waiting);
    }).run({ workers: 1 });
    await new Promise<void>((resolve) => {
      // The pool's actor, under the run's, holds the output's.
      const look = (): void => {
        const [output] = run.progress().outputs;
        if (output?.state === 'queued' && run.getSnapshot().matches('idle')) resolve();
        else setImmediate(look);
      };
      look();
    });
    expect(asked).toBe(0);
    disk.free();
    expect((await run.completed).outputs[0]).toMatchObject({ state: 'done', rows: 3_000, attempts: 1 });
    expect(await countIn(`${disk.path}/full`)).toBe(3_000);
  });

  it('fails at its limit, saying that no room has appeared, and leaves nothing', async () => {
    disk.fill(1 * MiB);
    const run = pipeline('too late', (flow) => {
      const rows = flow.source('rows', source(25), { schema });
      flow.write('full', rows, parquet(`${disk.path}/full`), { ...waiting, diskFullTimeoutMs: 300 });
      flow.write('sibling', rows, parquet(`${dir}/sibling`));
    }).run({ workers: 1 });
    const failures = await failuresOf(run);
    expect(failures).toMatchObject([
      { code: 'STORE_FAILED', context: { errno: 'ENOSPC', diskFullTimeoutMs: 300 } },
    ]);
    expect(failures[0]?.message).toMatch(/The disk is full.* No room has appeared for \d+ ms/);
    expect(await readdir(disk.path)).toEqual(['filling']);
    expect(await countIn(`${dir}/sibling`)).toBe(25_000);
  });

  it('is cancelled at once while it waits, and leaves nothing', async () => {
    disk.fill(1 * MiB);
    const run = pipeline('cancelled', (flow) => {
      const rows = flow.source('rows', source(25), { schema });
      flow.write('full', rows, parquet(`${disk.path}/full`), waiting);
    }).run({ workers: 1 });
    await untilPaused(run);
    run.abort();
    expect((await run.settled).outputs).toMatchObject([{ state: 'cancelled' }]);
    await expect(run.completed).rejects.toThrow(/aborted/);
    expect(await readdir(disk.path)).toEqual(['filling']);
  });
});
