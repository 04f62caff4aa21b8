// Owns what a store must do when an answer of it was lost, for the conformance suite of stores: nothing is published twice.
import assert from 'node:assert/strict';
import { isTailraceError } from '../errors/tailrace-error.js';
import { thrownBy } from './assertions.js';
import { crash } from './crash.js';
import { bytesOf, clean, nameOf, publish, type StoreBench } from './store-bench.js';

/** The commit did its work and its answer was lost: the framework asks `verify`, and may call `commit` again. */
export async function publishesOnce(bench: StoreBench): Promise<void> {
  await publish(bench, {}, { 'p=1/a.txt': 'old' });
  const run = await bench.begin({ mode: 'overwrite' });
  const file = await run.put('p=1/b.txt', bytesOf('new'));
  await run.commit([file]);
  const published = { 'p=1/b.txt': 'new' };
  for (const round of ['first', 'second']) {
    const thrown = await thrownBy(() => run.commit([file]));
    // To refuse is as good: what counts is that verify() is right about what readers see.
    if (thrown !== undefined)
      assert.ok(isTailraceError(thrown.error), `a repeated commit failed with ${String(thrown.error)}`);
    assert.deepEqual(await bench.content(), published, `the ${round} repetition changed what readers see`);
    assert.equal(await run.verify(), true, `verify() denies the commit after its ${round} repetition`);
  }
  await clean(bench);
}

export async function appendsOnce(bench: StoreBench): Promise<void> {
  await publish(bench, {}, { 'p=1/a.txt': 'old' });
  const run = await bench.begin({ mode: 'append' });
  const file = await run.put('p=1/b.txt', bytesOf('new'));
  await run.commit([file]);
  await run.commit([file]).catch(() => undefined);
  const published = { 'p=1/a.txt': 'old', 'p=1/b.txt': 'new' };
  assert.deepEqual(await bench.content(), published, 'a repeated commit has published again');
  await publish(bench, { mode: 'append' }, { 'p=2/c.txt': 'next' });
  assert.deepEqual(await bench.content(), { ...published, 'p=2/c.txt': 'next' });
  await clean(bench);
}

/** An attempt closed the file and its answer was lost; the order to remove it comes when its successor has closed. */
export async function keepsTheLaterAttempt(bench: StoreBench): Promise<void> {
  const name = nameOf(bench.path);
  const run = await bench.begin();
  const lost = await run.put(name, bytesOf('the same'));
  const kept = await run.put(name, bytesOf('the same'));
  await run.removeFile(lost);
  await run.commit([kept]);
  assert.deepEqual(await bench.content(), { '.': 'the same' });
  await clean(bench);
}

/** The process died; another one, which has nothing but the staging, has to find out what became of the commit. */
export async function verifiesAfterACrash(
  fresh: () => Promise<StoreBench>,
  { committed }: { readonly committed: boolean },
): Promise<void> {
  const bench = await fresh();
  try {
    await publish(bench, {}, { 'a.txt': 'old' });
    const target = bench.targetOf({ mode: 'overwrite' });
    const { staging, taken } = await crash({
      kind: 'store',
      store: bench.store,
      target,
      files: [{ path: 'b.txt', text: 'new' }],
      end: 'commit',
      steps: committed ? Number.POSITIVE_INFINITY : 4,
    });
    assert.equal(taken.includes('commit'), committed);
    const after = committed ? { 'b.txt': 'new' } : { 'a.txt': 'old' };
    const run = await bench.resume(target, staging);
    assert.equal(await run.verify(), committed, 'verify() by another process is wrong about the commit');
    await run.abort();
    assert.deepEqual(await bench.content(), after, 'an abort by another process changed what readers see');
    await publish(bench, { mode: 'overwrite' }, { 'c.txt': 'next' });
    assert.deepEqual(await bench.content(), { 'c.txt': 'next' });
    await clean(bench);
  } finally {
    await bench.dispose();
  }
}
