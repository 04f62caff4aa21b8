// Owns what a sink must do when its signal is aborted before or during a call, for the conformance suite of sinks.
import assert from 'node:assert/strict';
import { CancelledError } from '../errors/named-errors.js';
import { thrownBy } from './assertions.js';
import { sampleBatch } from './sample.js';
import type { SinkRun } from './sink-bench.js';

const reason = new CancelledError('The conformance suite has cancelled the run.', { operation: 'test sink' });

export async function givesWay(run: SinkRun): Promise<void> {
  const life = new AbortController();
  const writer = await run.open(0, 1, life.signal);
  await writer.write(sampleBatch(run.schema, 20));
  life.abort();
  await writer.abort();
  await run.abort();
  assert.equal(await run.visibleRows(), 0);
  await run.clean();
}

export async function doesNothingOnceCancelled(run: SinkRun): Promise<void> {
  const aborted = AbortSignal.abort(reason);
  const late = await thrownBy(async () => (await run.open(0, 1, aborted)).abort());
  // A writer of a cancelled attempt is aborted at once: to give one is as good as to refuse.
  assert.ok(late === undefined || late.error instanceof Error);
  const prepared = await run.prepare(0, 2, [20]);
  const thrown = await thrownBy(() => run.commit([prepared], aborted));
  assert.ok(thrown !== undefined, 'commit() was accepted although the run was cancelled before it');
  assert.equal(await run.visibleRows(), 0, 'a cancelled run was published');
  await run.abort();
  assert.equal(await run.visibleRows(), 0);
  await run.clean();
  const begun = await thrownBy(() => run.beginAgain(aborted));
  assert.ok(begun !== undefined, 'begin() was accepted although the run was cancelled before it');
  await run.clean();
}

/** During a call either way will do, as long as what it leaves is whole and agrees with what it says. */
export async function endsWholeWhenCancelled(run: SinkRun): Promise<void> {
  const writing = new AbortController();
  const writer = await run.open(0, 1, writing.signal);
  const write = Promise.resolve(writer.write(sampleBatch(run.schema, 20)));
  writing.abort(reason);
  await write.catch(() => undefined);
  await writer.abort();
  const prepared = await run.prepare(0, 2, [20]);
  const committing = new AbortController();
  const commit = run.commit([prepared], committing.signal);
  committing.abort(reason);
  const isPublished = (await thrownBy(() => commit)) === undefined;
  assert.equal(
    await run.visibleRows(),
    isPublished ? 20 : 0,
    `commit() has ${isPublished ? 'succeeded' : 'failed'}, and readers see something else`,
  );
  await run.abort();
  assert.equal(await run.visibleRows(), isPublished ? 20 : 0);
  await run.clean();
}
