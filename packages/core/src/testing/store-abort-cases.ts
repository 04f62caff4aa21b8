// Owns what an abort must leave of a run, wherever it stood, for the conformance suite of stores.
import assert from 'node:assert/strict';
import { rejectsWithin } from './assertions.js';
import { bytesOf, clean, nameOf, publish, type StoreBench } from './store-bench.js';

export async function leavesNothing(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  await run.put('a.txt', bytesOf('one'));
  const open = await run.createFile('p=x/b.txt');
  await open.write(bytesOf('two'));
  await open.abort();
  await run.abort();
  await run.abort();
  assert.deepEqual(await bench.content(), {});
  await clean(bench);
  const next = await bench.begin();
  await next.commit([await next.put('c.txt', bytesOf('three'))]);
  assert.deepEqual(await bench.content(), { 'c.txt': 'three' });
}

export async function leavesNoFile(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  await run.put(nameOf(bench.path), bytesOf('one'));
  await run.abort();
  assert.deepEqual(await bench.content(), {});
  await clean(bench);
}

export async function leavesNothingUnwritten(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  await run.abort();
  await run.abort();
  assert.deepEqual(await bench.content(), {});
  await clean(bench);
}

/** A commit that cannot be right: its manifest names a file that no attempt has staged. */
export async function leavesNothingOfAFailedCommit(bench: StoreBench): Promise<void> {
  const old = { 'a.txt': 'old', 'p=1/b.txt': 'old' };
  await publish(bench, {}, old);
  const run = await bench.begin({ mode: 'overwrite' });
  const file = await run.put('a.txt', bytesOf('new'));
  const ghost = { ...file, path: 'ghost.txt' };
  await rejectsWithin(
    undefined,
    'a manifest that names a file which was never staged',
    () => run.commit([file, ghost]),
    nameOf(bench.path),
  );
  assert.deepEqual(await bench.content(), old, 'a commit that failed has changed what readers see');
  await run.abort();
  await run.abort();
  assert.deepEqual(await bench.content(), old);
  await clean(bench);
  await publish(bench, { mode: 'overwrite' }, { 'c.txt': 'next' });
  assert.deepEqual(await bench.content(), { 'c.txt': 'next' });
}

/** The abort was on its way when the commit succeeded. */
export async function keepsWhatIsPublished(bench: StoreBench): Promise<void> {
  const run = await publish(bench, {}, { 'a.txt': 'published' });
  await run.abort();
  assert.deepEqual(await bench.content(), { 'a.txt': 'published' });
  await clean(bench);
}
