// A program that replaces a partitioned dataset and a file with a new version, the number it is given. It says `writing`
// when its source has begun and `flushing` when only writing is left. Started, and killed, by kill.test.ts.
import { defineSchema, fromIterable, handleSignals, int32, pipeline, utf8 } from '@tailrace/core';
import { ndjson, parquet } from '@tailrace/writers';

export interface OverwritingOptions {
  readonly dir: string;
  readonly version: number;
  readonly rows: number;
}

const { dir, version, rows }: OverwritingOptions = JSON.parse(process.argv[2] ?? '');
const schema = defineSchema({ n: int32(), version: int32(), part: utf8() });

function* numbered(): Generator<{ n: number; version: number; part: string }> {
  process.stdout.write('writing\n');
  for (let n = 0; n < rows; n += 1) yield { n, version, part: `p${n % 7}` };
}

const run = pipeline('overwriting', (flow) => {
  const source = flow.source('rows', fromIterable(numbered()), { schema, batchRows: 4_096 });
  const options = { writeRows: rows / 8 };
  flow.write('table', source, parquet(`${dir}/table`, { mode: 'overwrite', partitionBy: ['part'] }), options);
  flow.write('lines', source, ndjson(`${dir}/lines.ndjson`, { mode: 'overwrite' }));
}).run({ workers: 2 });

handleSignals(run);
run.subscribe(({ value }) => {
  if (value === 'flushing') process.stdout.write('flushing\n');
});
await run.completed;
process.stdout.write('done\n');
