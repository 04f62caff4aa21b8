// Runs that could stand still: everything that is held waits for something that waits for it.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createMemory,
  customSink,
  defineSchema,
  exponential,
  float64,
  fromChunks,
  int32,
  type Memory,
  none,
  pipeline,
  type Sink,
  type Source,
  utf8,
} from '@tailrace/core';
import { ndjson, parquet } from '@tailrace/writers';
import { map } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../support/modules/faulty-sink.js';

interface Row {
  readonly n: number;
  readonly text: string;
}
const schema = defineSchema({ n: int32(), text: utf8() });
const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const MiB = 2 ** 20;

let dir: string;
let memory: Memory;
const newMemory = (limitBytes: number): Memory => {
  memory = createMemory({ limitBytes });
  return memory;
};
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-standstill-'));
});
afterEach(async () => {
  expect(memory.budget.usedBytes).toBe(0);
  await memory.scratch.close();
  await rm(dir, { recursive: true, force: true });
});

const faulty = (name: string, fault: Fault, single = false): Sink<Row> =>
  customSink<Row>(
    module,
    { path: join(dir, name), fault },
    { name, target: name, reserveBytes: 1024, single },
  );
const rowsOf = (chunks: number, onEnd: () => void = () => {}): Source<Row> =>
  fromChunks(async function* () {
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      yield Array.from({ length: 1_000 }, (_, index) => ({ n: chunk * 1_000 + index, text: 'x'.repeat(90) }));
    }
    onEnd();
  });
async function readBack(name: string): Promise<number[]> {
  const parts = await readdir(join(dir, name));
  const texts = await Promise.all(parts.map((part) => readFile(join(dir, name, part), 'utf8')));
  return texts.flatMap((text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as Row).n),
  );
}

describe.each([0, 1])('with %i workers', (workers) => {
  it('leaves alone the memory of batches that a sink has retained', async () => {
    const flow = pipeline('kept', (flow) => {
      const rows = flow.source('rows', rowsOf(60), { schema, batchRows: 1_000 });
      flow.write('kept', rows, faulty('kept', { kind: 'keep' }));
      flow.write('other', rows, faulty('other', { kind: 'none' }), { writeRows: 2_000 });
    });
    await flow.run({ memory: newMemory(32 * MiB), workers }).completed;
    expect((await readBack('kept')).every((n, index) => n === index)).toBe(true);
    expect(await readBack('kept')).toHaveLength(60_000);
  });
});

describe('a run', () => {
  it('fails with the reason when a sink keeps more than the memory holds', async () => {
    const flow = pipeline('hoard', (flow) => {
      const rows = flow.source('rows', rowsOf(200), { schema, batchRows: 1_000 });
      flow.write('hoard', rows, faulty('hoard', { kind: 'keep' }, true));
    });
    const run = flow.run({ memory: newMemory(4 * MiB), workers: 1 });
    await expect(run.completed).rejects.toThrow(/cannot be moved to disk/);
    expect(await readdir(dir)).toEqual([]);
  });

  it('moves when open encoders and filling builders alone exceed the low-water mark', async () => {
    const columns = Array.from({ length: 10 }, (_, index) => `c${index}`);
    const wide = defineSchema(Object.fromEntries(columns.map((name) => [name, float64()])));
    const flow = pipeline('wide', (flow) => {
      const rows = flow.source('rows', rowsOf(60));
      for (let output = 0; output < 6; output += 1) {
        const stage = flow.stage(
          `s${output}`,
          rows,
          map(({ n }) => Object.fromEntries(columns.map((name, index) => [name, n + index + output]))),
          { schema: wide },
        );
        flow.write(`o${output}`, stage, parquet(join(dir, `o${output}`)));
      }
    });
    const report = await flow.run({ memory: newMemory(110 * MiB), workers: 1 }).completed;
    expect(report.rows).toBe(6 * 60_000);
  });

  it('completes with the least memory that the refusal of a smaller one names', async () => {
    const declared = () =>
      pipeline('least', (flow) => {
        const rows = flow.source('rows', rowsOf(60), { schema });
        for (const name of ['a', 'b', 'c']) flow.write(name, rows, ndjson(join(dir, `${name}.ndjson`)));
      });
    let least = '';
    try {
      declared().run({ memory: newMemory(1024) });
    } catch (error) {
      least = /at least (\d+) MiB/.exec(String(error))?.[1] ?? '';
    }
    const report = await declared().run({ memory: newMemory(Number(least) * MiB), workers: 1 }).completed;
    expect(report.rows).toBe(180_000);
  });

  it('lets a source end long before a slow single file that may be spilled', async () => {
    const paced = async (slow: 'pace' | 'spill'): Promise<number> => {
      let sourceEnded = 0;
      const started = performance.now();
      const flow = pipeline(slow, (flow) => {
        const rows = flow.source(
          'rows',
          rowsOf(120, () => (sourceEnded = performance.now() - started)),
          {
            schema,
            batchRows: 1_000,
          },
        );
        flow.write('out', rows, faulty(slow, { kind: 'slow', delayMs: 15 }, true), { slow });
      });
      const report = await flow.run({ memory: newMemory(4 * MiB), workers: 1 }).completed;
      expect(report.rows).toBe(120_000);
      return sourceEnded / report.elapsedMs;
    };
    const [pace, spill] = [await paced('pace'), await paced('spill')];
    expect(pace).toBeGreaterThan(0.6);
    expect(spill).toBeLessThan(pace / 2);
  });

  it('ends an attempt that takes no more batches, though its write is still open', async () => {
    const flow = pipeline('stuck', (flow) => {
      const rows = flow.source('rows', rowsOf(200), { schema, batchRows: 1_000 });
      flow.write('stuck', rows, faulty('stuck', { kind: 'hang', times: 1 }, true), {
        timeoutMs: 800,
        retry: exponential({ attempts: 2, baseMs: 1, capMs: 1 }),
      });
    });
    const report = await flow.run({ memory: newMemory(4 * MiB), workers: 1, graceMs: 100 }).completed;
    expect(report.outputs[0]).toMatchObject({ rows: 200_000, attempts: 2 });
  });

  it('cuts a dataset into the same writes whether its batches have been on disk or not', async () => {
    const writesWith = async (limit: number): Promise<number | undefined> => {
      const flow = pipeline('cuts', (flow) => {
        const rows = flow.source('rows', rowsOf(100), { schema, batchRows: 3_000, batchBytes: MiB });
        const held = flow.hold(rows);
        const again = flow.stage(
          'again',
          held,
          map((row) => row),
          { schema, batchRows: 3_000, batchBytes: MiB },
        );
        flow.write(`cut${limit}`, again, faulty(`cut${limit}`, { kind: 'slow', delayMs: 3 }), {
          writeBytes: MiB,
          retry: none(),
        });
      });
      const report = await flow.run({ memory: newMemory(limit), workers: 1 }).completed;
      expect(report.rows).toBe(100_000);
      return report.outputs[0]?.writes;
    };
    expect(await writesWith(6 * MiB)).toBe(await writesWith(64 * MiB));
  });
});
