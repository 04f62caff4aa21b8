// A program that runs one job with four outputs, in a directory that remembers it: a single file, a replaced dataset in
// partitions, and two that grow. It says `writing` when its source has begun and `flushing` when only writing is left, and
// `published` when an output is done. Started, killed and started again by resume-kill.test.ts.
import { defineSchema, float64, fromIterable, int32, pipeline, utf8 } from '@tailrace/core';
import { csv, ndjson, parquet } from '@tailrace/writers';

export interface ResumedOptions {
  readonly dir: string;
  /** Number of the job; its rows bear it. */
  readonly job: number;
  readonly rows: number;
  /** The rows bear a number that is drawn anew each time, and the source has no fingerprint. */
  readonly durable: boolean;
}

const { dir, job, rows, durable }: ResumedOptions = JSON.parse(process.argv[2] ?? '');
const schema = defineSchema({ n: int32(), job: int32(), drawn: float64(), part: utf8() });
const drawn = durable ? Math.random() : job;

function* numbered(): Generator<{ n: number; job: number; drawn: number; part: string }> {
  process.stdout.write('writing\n');
  for (let n = 0; n < rows; n += 1) yield { n, job, drawn, part: `p${n % 5}` };
}

const fingerprint = durable ? {} : { fingerprint: `job ${job}` };
const run = pipeline('resumed', (flow) => {
  const source = flow.source(
    'rows',
    fromIterable(() => numbered(), fingerprint),
    { schema, batchRows: 2_048 },
  );
  const options = { writeRows: Math.ceil(rows / 4) };
  flow.write('single', source, ndjson(`${dir}/single-${job}.ndjson`));
  flow.write(
    'swapped',
    source,
    parquet(`${dir}/swapped`, { mode: 'overwrite', partitionBy: ['part'] }),
    options,
  );
  flow.write('grown', source, csv(`${dir}/grown`, { mode: 'append' }), options);
  flow.write('listed', source, parquet(`${dir}/listed`, { mode: 'append', publish: 'generations' }), options);
}).run({ workers: 1, resume: `${dir}/jobs/${job}`, durable });

run.subscribe(({ value }) => {
  if (value === 'flushing') process.stdout.write('flushing\n');
});
const watch = setInterval(() => {
  if (!run.progress().outputs.some(({ state }) => state === 'done')) return;
  process.stdout.write('published\n');
  clearInterval(watch);
}, 1);
await run.completed.finally(() => clearInterval(watch));
process.stdout.write('done\n');
