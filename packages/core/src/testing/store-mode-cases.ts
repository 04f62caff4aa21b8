// Owns what a store must do about a target that exists or is held, for the conformance suite of stores.
import assert from 'node:assert/strict';
import { rejectsWithin } from './runner.js';
import { bytesOf, clean, nameOf, publish, type StoreBench } from './store-bench.js';

export async function respectsWhatIsThere(bench: StoreBench): Promise<void> {
  await publish(bench, {}, { 'a.txt': 'old' });
  await rejectsWithin('TARGET_EXISTS', 'an existing target in mode error', () => bench.begin());
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
  await rejectsWithin('TARGET_EXISTS', 'an existing file in mode error', () => bench.begin());
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

export async function isExclusive(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  await rejectsWithin('CONFLICT', 'a second run on a held target', () => bench.begin({ mode: 'overwrite' }));
  await run.commit([await run.put('a.txt', bytesOf('first'))]);
  await publish(bench, { mode: 'overwrite' }, { 'b.txt': 'second' });
  assert.deepEqual(await bench.content(), { 'b.txt': 'second' });
}
