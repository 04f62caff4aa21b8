// A program that runs one job whose outputs commit together: a file, a replaced dataset, one that grows, one published by
// generations, and a file that comes last. Started, killed and started again by commit-group.test.ts.
import { defineSchema, fromIterable, int32, pipeline } from '@tailrace/core';
import { csv, ndjson } from '@tailrace/writers';

export interface GroupedOptions {
  readonly dir: string;
  /** Number of the job; its rows bear it. */
  readonly job: number;
  readonly rows: number;
}

const { dir, job, rows }: GroupedOptions = JSON.parse(process.argv[2] ?? '');
const numbered = Array.from({ length: rows }, (_, n) => ({ n, job }));
const run = pipeline('grouped', (flow) => {
  const source = flow.source('rows', fromIterable(numbered, { fingerprint: `job ${job}` }), {
    schema: defineSchema({ n: int32(), job: int32() }),
  });
  const mode = 'overwrite';
  flow.commitGroup('nightly', [
    flow.write('single', source, ndjson(`${dir}/single.ndjson`, { mode })),
    flow.write('swapped', source, csv(`${dir}/swapped`, { mode })),
    flow.write('grown', source, csv(`${dir}/grown`, { mode: 'append' })),
    flow.write('listed', source, csv(`${dir}/listed`, { mode, publish: 'generations' })),
    flow.write('flag', source, ndjson(`${dir}/flag.ndjson`, { mode })),
  ]);
}).run({ workers: 1, resume: `${dir}/jobs/${job}` });
run.subscribe(({ value }) => {
  if (value === 'flushing') process.stdout.write('flushing\n');
});
await run.completed;
process.stdout.write('done\n');
