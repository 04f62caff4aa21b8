// Owns what a sink must do about attempts that are given up and answers that are lost, for the conformance suite of sinks.
import assert from 'node:assert/strict';
import { thrownBy } from './assertions.js';
import { sampleBatch } from './sample.js';
import type { SinkRun } from './sink-bench.js';

export async function showsRetriesOnce(run: SinkRun): Promise<void> {
  const first = await run.open(0, 1);
  await first.write(sampleBatch(run.schema, 70));
  await first.abort();
  const late = await run.open(0, 2);
  await late.write(sampleBatch(run.schema, 70));
  await late.prepare();
  await late.abort();
  const prepared = await run.prepare(0, 3, [70]);
  assert.equal((await run.commit([prepared])).rows, 70);
  assert.equal(await run.visibleRows(), 70);
  await run.clean();
}

export async function forgetsTheLost(run: SinkRun): Promise<void> {
  const lost = await run.open(0, 1);
  await lost.write(sampleBatch(run.schema, 40));
  // The worker died when this one was on stable storage, but before it could say so.
  await run.prepare(0, 2, [40]);
  const prepared = await run.prepare(0, 3, [40]);
  assert.equal((await run.commit([prepared])).rows, 40);
  assert.equal(await run.visibleRows(), 40);
  await lost.abort();
  assert.equal(await run.visibleRows(), 40, 'a late abort must not touch what is published');
  await run.clean();
}

export async function verifiesOrRepeats(run: SinkRun): Promise<void> {
  const prepared = [await run.prepare(0, 1, [60])];
  const { definition } = run;
  if (definition.verify !== undefined) {
    assert.equal(await definition.verify(run.context(prepared)), undefined, 'nothing is published yet');
  }
  const committed = await run.commit(prepared);
  // After a commit whose answer was lost, the framework asks verify(), or else commits again.
  const again =
    definition.verify === undefined
      ? await run.commit(prepared)
      : await definition.verify(run.context(prepared));
  assert.deepEqual(again, committed);
  // Whatever it says to a commit that is repeated all the same: nothing may be there twice.
  await thrownBy(() => run.commit(prepared));
  assert.equal(await run.visibleRows(), 60);
}

export async function leavesNothing(run: SinkRun): Promise<void> {
  await run.prepare(0, 1, [30]);
  const open = await run.open(run.sink.single ? 0 : 1, 2);
  await open.write(sampleBatch(run.schema, 30));
  await open.abort();
  await run.abort();
  await run.abort();
  assert.equal(await run.visibleRows(), 0);
  await run.clean();
}

export async function leavesNothingUnwritten(run: SinkRun): Promise<void> {
  const writer = await run.open(0, 1);
  await writer.abort();
  await run.abort();
  await run.abort();
  assert.equal(await run.visibleRows(), 0);
  await run.clean();
}

/** A prepare that may fail, since its signal is aborted: whatever it did, the abort after it takes it back. */
export async function leavesNothingOfAFailedPrepare(run: SinkRun): Promise<void> {
  const life = new AbortController();
  const writer = await run.open(0, 1, life.signal);
  await writer.write(sampleBatch(run.schema, 20));
  life.abort();
  await writer.prepare().catch(() => undefined);
  await writer.abort();
  assert.equal(await run.visibleRows(), 0);
  const prepared = await run.prepare(0, 2, [20]);
  assert.equal((await run.commit([prepared])).rows, 20);
  assert.equal(await run.visibleRows(), 20, 'the attempt that was given up is visible');
  await run.clean();
}
