// Owns what every sink does in a run that goes well, for the conformance suite of sinks.
import assert from 'node:assert/strict';
import { type Batch, batchData, createBatch } from '../batch/batch.js';
import { rejectsWithin } from './assertions.js';
import { overwrite } from './format-bench.js';
import { sampleBatch, sampleRows } from './sample.js';
import { type SinkRun, sameRows } from './sink-bench.js';

export async function showsAtCommit(run: SinkRun): Promise<void> {
  const prepared = await run.prepare(0, 1, [100, 1, 900]);
  assert.equal(prepared.rows, 1_001, 'prepare() must count the rows');
  assert.equal(await run.visibleRows(), 0, 'prepared rows are visible');
  const committed = await run.commit([prepared]);
  assert.equal(committed.rows, 1_001, 'commit() must count the rows');
  assert.equal(await run.visibleRows(), 1_001);
  await run.clean();
}

export async function preparesPlainData(run: SinkRun): Promise<void> {
  const writer = await run.open(0, 1);
  await writer.write(sampleBatch(run.schema, 10));
  const prepared = await writer.prepare();
  assert.deepEqual(structuredClone(prepared), prepared);
  assert.equal(
    prepared.files.reduce((sum, file) => sum + file.rows, 0),
    prepared.files.length === 0 ? 0 : 10,
    'the rows of the files must add up',
  );
  await run.abort();
}

export async function takesNoRows(run: SinkRun): Promise<void> {
  const prepared = await run.prepare(0, 1, []);
  assert.equal(prepared.rows, 0);
  assert.equal((await run.commit([prepared])).rows, 0);
  assert.equal(await run.visibleRows(), 0);
  await run.clean();
}

export async function refusesMissingColumns(run: SinkRun): Promise<void> {
  const { sink, definition, schema } = run;
  await run.abort();
  const { requires } = sink;
  if (requires.length === 0) return;
  const fields = schema.fields.filter((field) => !requires.includes(field.name));
  const context = { runId: 'r', output: 'conformance', options: sink.module.options, schema: { fields } };
  await rejectsWithin('SCHEMA_INVALID', `a schema without ${requires.join(', ')}`, () =>
    definition.check?.(context),
  );
}

/** A batch whose memory is used for other rows as soon as its last reference is gone. */
function lentBatch(run: SinkRun, rows: number, first: number, onFree: () => void): Batch<unknown> {
  const lent = sampleBatch(run.schema, rows, first);
  return createBatch<unknown>(batchData(lent), () => {
    overwrite(lent);
    onFree();
  });
}

/** The framework lets a batch go once its write has settled; a sink that needs it longer retains it, and lets go in time. */
export async function readsBatchesInTime(run: SinkRun): Promise<void> {
  let freed = 0;
  const writer = await run.open(0, 1);
  for (const first of [0, 200, 400]) {
    const batch = lentBatch(run, 200, first, () => {
      freed += 1;
    });
    await writer.write(batch);
    batch.release();
  }
  const prepared = structuredClone(await writer.prepare());
  assert.equal(freed, 3, 'batches are retained beyond prepare()');
  assert.equal((await run.commit([prepared])).rows, 600);
  assert.equal(await run.visibleRows(), 600);
  if (run.rows !== undefined) sameRows(await run.rows(), sampleRows(run.schema, 600));
  await run.clean();
}
