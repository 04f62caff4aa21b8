// Owns what a store must do about a target that exists or is held, for the conformance suite of stores.
import assert from 'node:assert/strict';
import { rejectsWithin } from './assertions.js';
import { bytesOf, clean, nameOf, publish, type StoreBench } from './store-bench.js';

export async function respectsWhatIsThere(bench: StoreBench): Promise<void> {
  await publish(bench, {}, { 'a.txt': 'old' });
  await rejectsWithin(
    'TARGET_EXISTS',
    'an existing target in mode error',
    () => bench.begin(),
    nameOf(bench.path),
  );
  assert.equal((await bench.begin({ mode: 'ignore' })).skipped, true);
  assert.deepEqual(await bench.content(), { 'a.txt': 'old' });
  await clean(bench);
}

export async function overwritesAsAWhole(bench: StoreBench): Promise<void> {
  await publish(bench, {}, { 'a.txt': 'old', 'p=1/b.txt': 'old' });
  const run = await bench.begin({ mode: 'overwrite' });
  const file = await run.put('c.txt', bytesOf('new'));
  assert.deepEqual(await bench.content(), { 'a.txt': 'old', 'p=1/b.txt': 'old' });
  await run.commit([file]);
  assert.deepEqual(await bench.content(), { 'c.txt': 'new' });
  await clean(bench);
}

export async function keepsWhenAborted(bench: StoreBench): Promise<void> {
  await publish(bench, {}, { 'a.txt': 'old' });
  const run = await bench.begin({ mode: 'overwrite' });
  await run.put('a.txt', bytesOf('new'));
  await run.abort();
  assert.deepEqual(await bench.content(), { 'a.txt': 'old' });
  await clean(bench);
}

export async function overwritesFile(bench: StoreBench): Promise<void> {
  const name = nameOf(bench.path);
  await publish(bench, {}, { [name]: 'old' });
  await rejectsWithin(
    'TARGET_EXISTS',
    'an existing file in mode error',
    () => bench.begin(),
    nameOf(bench.path),
  );
  await publish(bench, { mode: 'overwrite' }, { [name]: 'new' });
  assert.deepEqual(await bench.content(), { '.': 'new' });
  await clean(bench);
}

export async function appends(bench: StoreBench): Promise<void> {
  await publish(bench, { mode: 'append' }, { 'p=1/a.txt': 'first' });
  await publish(bench, { mode: 'append' }, { 'p=1/b.txt': 'second', 'p=2/c.txt': 'third' });
  assert.deepEqual(await bench.content(), {
    'p=1/a.txt': 'first',
    'p=1/b.txt': 'second',
    'p=2/c.txt': 'third',
  });
  await clean(bench);
}

/** Readers of the version before must not lose a file to one that has its name. */
export async function neverAppendsOver(bench: StoreBench): Promise<void> {
  await publish(bench, {}, { 'p=1/a.txt': 'first' });
  const run = await bench.begin({ mode: 'append' });
  await rejectsWithin(undefined, 'appending a file of a name that is there', async () => {
    await run.commit([await run.put('p=1/a.txt', bytesOf('second'))]);
  });
  await run.abort();
  assert.deepEqual(await bench.content(), { 'p=1/a.txt': 'first' });
  await clean(bench);
}

export async function replacesPartitions(bench: StoreBench): Promise<void> {
  await publish(bench, {}, { 'p=1/a.txt': 'old', 'p=1/b.txt': 'old', 'p=2/c.txt': 'old' });
  const run = await bench.begin({ mode: 'overwritePartitions' });
  const files = [await run.put('p=1/d.txt', bytesOf('new')), await run.put('p=3/e.txt', bytesOf('new'))];
  await run.commit(files);
  const after = { 'p=1/d.txt': 'new', 'p=2/c.txt': 'old', 'p=3/e.txt': 'new' };
  assert.deepEqual(await bench.content(), after);
  await publish(bench, { mode: 'overwritePartitions' }, {});
  assert.deepEqual(await bench.content(), after, 'an output without rows replaces nothing');
  await clean(bench);
}

export async function replacesFiles(bench: StoreBench): Promise<void> {
  const first = await bench.begin();
  const small = [await first.put('p=1/a.txt', bytesOf('a')), await first.put('p=1/b.txt', bytesOf('b'))];
  await first.commit([...small, await first.put('p=2/c.txt', bytesOf('c'))]);
  const run = await bench.begin({ mode: 'append', replaces: small });
  const file = await run.put('p=1/ab.txt', bytesOf('ab'));
  assert.deepEqual(await bench.content(), { 'p=1/a.txt': 'a', 'p=1/b.txt': 'b', 'p=2/c.txt': 'c' });
  await run.commit([file]);
  assert.deepEqual(await bench.content(), { 'p=1/ab.txt': 'ab', 'p=2/c.txt': 'c' });
  await clean(bench);
}

/** What stands for a file that is not there any more would bring its rows back. */
export async function neverReplacesWhatIsGone(bench: StoreBench): Promise<void> {
  const first = await bench.begin();
  const gone = await first.put('a.txt', bytesOf('a'));
  await first.commit([gone]);
  await publish(bench, { mode: 'overwrite' }, { 'b.txt': 'b' });
  await rejectsWithin('CONFLICT', 'a file that stands for one that is gone', async () => {
    const run = await bench.begin({ mode: 'append', replaces: [gone] });
    try {
      await run.commit([await run.put('c.txt', bytesOf('a'))]);
    } finally {
      await run.abort();
    }
  });
  assert.deepEqual(await bench.content(), { 'b.txt': 'b' });
  await clean(bench);
}
