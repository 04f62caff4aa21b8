// A durable job that must publish an output a second time: from what it kept on disk, and under another run id than the first.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineSchema, fromIterable, int32, pipeline, type Report } from '@tailrace/core';
import { csv } from '@tailrace/writers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const schema = defineSchema({ n: int32(), drawn: int32() });
let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-resume-durable-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Declared {
  /** What is drawn in this run: a source that is not the same twice. */
  readonly drawn: number;
  readonly delimiter?: ',' | ';';
}

/** The second output goes to `last/table`, which a file called `last` makes impossible. */
function run({ drawn, delimiter = ',' }: Declared): Promise<Report> {
  return pipeline('job', (flow) => {
    const numbers = fromIterable([1, 2, 3].map((n) => ({ n, drawn })));
    const rows = flow.source('rows', numbers, { schema });
    const first = csv(join(dir, 'first'), { mode: 'overwrite', publish: 'generations', delimiter });
    flow.write('first', rows, first);
    flow.write('last', rows, csv(join(dir, 'last/table')));
  }).run({ workers: 0, resume: join(dir, 'jobs'), durable: true }).settled;
}

async function published(name: string): Promise<string> {
  const files = (await readdir(join(dir, name))).filter((file) => file.endsWith('.csv'));
  const texts = await Promise.all(files.map((file) => readFile(join(dir, name, file), 'utf8')));
  return texts.join('').replaceAll('\r', '');
}

async function failed(): Promise<Report> {
  await writeFile(join(dir, 'last'), 'in the way');
  const report = await run({ drawn: 1 });
  expect(report.outputs).toMatchObject([
    { name: 'first', state: 'done' },
    { name: 'last', state: 'failed' },
  ]);
  await rm(join(dir, 'last'));
  return report;
}

const before = 'n,drawn\n1,1\n2,1\n3,1\n';

describe('a durable job that failed in part', () => {
  it('publishes again what was harmed since, from what it kept, and then keeps it', async () => {
    const { runId } = await failed();
    for (const file of await readdir(join(dir, 'first')))
      if (file.endsWith('.csv')) await rm(join(dir, 'first', file));
    const again = await run({ drawn: 2 });
    expect(again).toMatchObject({ state: 'completed', kept: [] });
    expect(again.runId).not.toBe(runId);
    expect([await published('first'), await published('last/table')]).toEqual([before, before]);
    expect(await readdir(join(dir, 'jobs'))).toEqual(['journal']);
    expect(await run({ drawn: 3 })).toMatchObject({ state: 'completed', kept: ['first', 'last'] });
  });

  it('publishes again what is declared in another way since, from what it kept', async () => {
    await failed();
    expect(await run({ drawn: 2, delimiter: ';' })).toMatchObject({ state: 'completed', kept: [] });
    expect([await published('first'), await published('last/table')]).toEqual([
      before.replaceAll(',', ';'),
      before,
    ]);
  });
});
