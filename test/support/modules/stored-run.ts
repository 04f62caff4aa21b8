// A program that runs one job with three outputs to an object store: a single file, a replaced dataset in partitions, and
// one that grows. It says `flushing` when only writing is left, `published` when an output is done. Started, killed and
// started again by test/stores/support/kill-campaign.ts.
import { azureBlob } from '@tailrace/adapters/azure-blob';
import { s3 } from '@tailrace/adapters/s3';
import { defineSchema, fromIterable, int32, pipeline, utf8 } from '@tailrace/core';
import { ndjson } from '@tailrace/writers';

export interface StoredOptions {
  /** URL that all targets begin with. */
  readonly base: string;
  /** Local directory of the jobs. */
  readonly jobs: string;
  readonly job: number;
  readonly rows: number;
  /** Of S3. */
  readonly endpoint?: string | undefined;
}

const { base, jobs, job, rows, endpoint }: StoredOptions = JSON.parse(process.argv[2] ?? '');
const schema = defineSchema({ n: int32(), job: int32(), part: utf8() });

function* numbered(): Generator<{ n: number; job: number; part: string }> {
  for (let n = 0; n < rows; n += 1) yield { n, job, part: `p${n % 3}` };
}

const run = pipeline('stored', (flow) => {
  const source = flow.source(
    'rows',
    fromIterable(() => numbered(), { fingerprint: `job ${job}` }),
    { schema, batchRows: 512 },
  );
  const options = { writeRows: Math.ceil(rows / 3) };
  flow.write('single', source, ndjson(`${base}/single-${job}.ndjson`));
  flow.write(
    'swapped',
    source,
    ndjson(`${base}/swapped`, { mode: 'overwrite', partitionBy: ['part'] }),
    options,
  );
  flow.write('grown', source, ndjson(`${base}/grown`, { mode: 'append' }), options);
}).run({
  workers: 1,
  resume: `${jobs}/${job}`,
  memory: '512MiB',
  stores: [s3({ ...(endpoint !== undefined && { endpoint }), forcePathStyle: true }), azureBlob()],
});

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
