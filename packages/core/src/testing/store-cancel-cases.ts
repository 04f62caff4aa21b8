// Owns what a store must do when its signal is aborted before or during a call, for the conformance suite of stores.
import assert from 'node:assert/strict';
import { CancelledError } from '../errors/named-errors.js';
import { isTailraceError } from '../errors/tailrace-error.js';
import { thrownBy } from './assertions.js';
import { accepts, bytesOf, clean, publish, type StoreBench, type StoreRun } from './store-bench.js';

const reason = new CancelledError('The conformance suite has cancelled the run.', {
  operation: 'test store',
});
const old = { 'a.txt': 'old' };

export async function stopsWhenCancelled(bench: StoreBench): Promise<void> {
  const life = new AbortController();
  const run = await bench.begin({ signal: life.signal });
  const file = await run.put('a.txt', bytesOf('one'));
  life.abort();
  await assert.rejects(async () => {
    await accepts(run, 'b.txt');
    await run.commit([file]);
  }, 'a cancelled run must not be committed');
  await run.abort();
  assert.deepEqual(await bench.content(), {});
  await clean(bench);
}

/** The call must reject, with the reason of the signal or as CANCELLED. */
async function isCancelled(what: string, call: () => unknown): Promise<void> {
  const thrown = await thrownBy(call);
  assert.ok(thrown !== undefined, `${what} was accepted although the run was cancelled before it`);
  const { error } = thrown;
  const isTold = error === reason || (isTailraceError(error) && error.code === 'CANCELLED');
  assert.ok(isTold, `${what} was refused with ${String(error)} instead of the reason of its signal`);
}

/** A run over an old version whose signal can be aborted. */
async function cancellable(bench: StoreBench): Promise<{ run: StoreRun; cancel(): void }> {
  const life = new AbortController();
  const run = await bench.begin({ mode: 'overwrite', signal: life.signal });
  return { run, cancel: () => life.abort(reason) };
}

export async function doesNothingOnceCancelled(bench: StoreBench): Promise<void> {
  await publish(bench, {}, old);
  await isCancelled('begin()', () => bench.begin({ mode: 'overwrite', signal: AbortSignal.abort(reason) }));
  await clean(bench);

  const early = await cancellable(bench);
  early.cancel();
  await isCancelled('createFile()', () => accepts(early.run, 'b.txt'));
  await early.run.abort();
  await clean(bench);

  const late = await cancellable(bench);
  const file = await late.run.put('b.txt', bytesOf('new'));
  late.cancel();
  await isCancelled('commit()', () => late.run.commit([file]));
  assert.deepEqual(await bench.content(), old, 'a cancelled run was published');
  await late.run.abort();
  assert.deepEqual(await bench.content(), old);
  await clean(bench);
}

/** During a call either way will do, as long as what it leaves is whole and agrees with what it says. */
export async function endsWholeWhenCancelled(bench: StoreBench): Promise<void> {
  await publish(bench, {}, old);
  const life = new AbortController();
  const beginning = bench.begin({ mode: 'overwrite', signal: life.signal });
  life.abort(reason);
  await beginning.then((run) => run.abort()).catch(() => undefined);
  assert.deepEqual(await bench.content(), old);
  await clean(bench);

  for (const at of ['createFile', 'write', 'close'] as const) {
    const { run, cancel } = await cancellable(bench);
    if (at === 'createFile') {
      const creating = run.createFile('b.txt');
      cancel();
      await creating.then((file) => file.abort()).catch(() => undefined);
    } else {
      const file = await run.createFile('b.txt');
      const call = at === 'write' ? file.write(bytesOf('new')) : file.close(() => undefined);
      cancel();
      await call.catch(() => undefined);
      if (at === 'write') await file.abort();
    }
    await run.abort();
    assert.deepEqual(await bench.content(), old, `cancelled during ${at}(), the run left something visible`);
    await clean(bench);
  }

  const { run, cancel } = await cancellable(bench);
  const file = await run.put('b.txt', bytesOf('new'));
  const committing = run.commit([file]);
  cancel();
  const isPublished = (await thrownBy(() => committing)) === undefined;
  assert.deepEqual(
    await bench.content(),
    isPublished ? { 'b.txt': 'new' } : old,
    `commit() has ${isPublished ? 'succeeded' : 'failed'}, and readers see something else`,
  );
  await run.abort();
  await clean(bench);
}
