// Owns what a store must do about several files, outputs and runs at once, for the conformance suite of stores.
import assert from 'node:assert/strict';
import { isTailraceError } from '../errors/tailrace-error.js';
import type { WriteMode } from '../sink/sink.js';
import { rejectsWithin, thrownBy } from './assertions.js';
import { bytesOf, checked, clean, nameOf, publish, type StoreBench, type StoreRun } from './store-bench.js';

export async function isExclusive(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  await rejectsWithin(
    'CONFLICT',
    'a second run on a held target',
    () => bench.begin({ mode: 'overwrite' }),
    nameOf(bench.path),
  );
  await run.commit([await run.put('a.txt', bytesOf('first'))]);
  await publish(bench, { mode: 'overwrite' }, { 'b.txt': 'second' });
  assert.deepEqual(await bench.content(), { 'b.txt': 'second' });
}

/** Files of one run that are open together, written to in turn and all at once. */
export async function keepsFilesApart(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const paths = ['p=1/a.txt', 'p=1/b.txt', 'p=2/a.txt'];
  const files = await Promise.all(
    paths.map(async (path) => ({ path, file: await run.createFile(path), text: '' })),
  );
  for (const round of ['one ', 'two ', 'three']) {
    for (const open of files) {
      const text = `${open.path} ${round}`;
      open.text += text;
      await open.file.write(bytesOf(text));
    }
  }
  await Promise.all(
    files.map((open) => {
      open.text += ' end';
      return open.file.write(bytesOf(' end'));
    }),
  );
  const staged = await Promise.all(
    files.map(async ({ path, file, text }) => ({
      path,
      rows: 1,
      ...checked(path, await file.close(), bytesOf(text)),
    })),
  );
  await run.commit(staged);
  assert.deepEqual(
    await bench.content(),
    Object.fromEntries(files.map(({ path, text }) => [path, text])),
    'the files hold each other’s bytes',
  );
  await clean(bench);
}

/** Two outputs of one run, so with one run id, beside each other. */
export async function keepsOutputsApart(one: StoreBench, two: StoreBench): Promise<void> {
  const { runId } = one.targetOf();
  const first = await one.begin({ runId });
  const second = await two.begin({ runId });
  const ofFirst = await first.put('part.txt', bytesOf('of the first'));
  await second.put('part.txt', bytesOf('of the second'));
  await second.abort();
  await first.commit([ofFirst]);
  assert.deepEqual(await one.content(), { 'part.txt': 'of the first' });
  assert.deepEqual(await two.content(), {}, 'an output was published with its neighbour');
  await clean(one);
  await clean(two);
}

/** A run that another one may be ahead of. */
async function attempt(bench: StoreBench, mode: WriteMode, path: string): Promise<void> {
  const run = await bench.begin({ mode });
  try {
    await run.commit([await run.put(path, bytesOf(path))]);
  } catch (error) {
    await run.abort();
    throw error;
  }
}

function lostTo(bench: StoreBench, error: unknown, ...codes: readonly string[]): void {
  assert.ok(isTailraceError(error), `the run that lost failed with ${String(error)}`);
  assert.ok(codes.includes(error.code), `the run that lost failed with ${error.code}: ${error.message}`);
  assert.ok(error.message.includes(nameOf(bench.path)), `the message names no target: ${error.message}`);
}

/** Whoever comes first: one of them wins whole, and each is told the truth. */
export async function letsOneWin(bench: StoreBench): Promise<void> {
  for (const mode of ['error', 'overwrite'] as const) {
    const before = Object.keys(await bench.content());
    const paths = [`${mode}-1.txt`, `${mode}-2.txt`];
    const ends = await Promise.allSettled(paths.map((path) => attempt(bench, mode, path)));
    const winners = paths.filter((_, at) => ends[at]?.status === 'fulfilled');
    for (const end of ends)
      if (end.status === 'rejected') lostTo(bench, end.reason, 'CONFLICT', 'TARGET_EXISTS');
    assert.ok(winners.length > 0, 'two runs at once and both have failed');
    assert.ok(mode === 'overwrite' || winners.length === 1, 'both runs in mode error have succeeded');
    const seen = Object.keys(await bench.content());
    assert.equal(seen.length, 1, `readers see ${seen.join(', ')} of two runs (before: ${before.join(', ')})`);
    assert.ok(winners.includes(seen[0] ?? ''), 'readers see a run that was told that it has failed');
    await clean(bench);
  }
}

/** Both have begun before either commits: the second one extends a version that is no longer there. */
export async function neverMixesRuns(bench: StoreBench): Promise<void> {
  await publish(bench, {}, { 'p=0/old.txt': 'old' });
  await neverMixed(bench, 'append');
  await neverMixed(bench, 'overwrite');
}

async function neverMixed(bench: StoreBench, mode: 'append' | 'overwrite'): Promise<void> {
  const before = await bench.content();
  const first = await bench.begin({ mode: 'append' });
  let second: StoreRun;
  try {
    second = await bench.begin({ mode });
  } catch (error) {
    lostTo(bench, error, 'CONFLICT');
    await first.abort();
    assert.deepEqual(await bench.content(), before);
    await clean(bench);
    return;
  }
  const ofFirst = await first.put(`p=1/${mode}.txt`, bytesOf('first'));
  const ofSecond = await second.put(`p=2/${mode}.txt`, bytesOf('second'));
  await first.commit([ofFirst]);
  const thrown = await thrownBy(() => second.commit([ofSecond]));
  if (thrown !== undefined) lostTo(bench, thrown.error, 'CONFLICT');
  await second.abort();
  const afterFirst = { ...before, [ofFirst.path]: 'first' };
  const afterSecond = { ...(mode === 'append' ? afterFirst : {}), [ofSecond.path]: 'second' };
  assert.deepEqual(
    await bench.content(),
    thrown === undefined ? afterSecond : afterFirst,
    'readers see neither both runs nor the one that was first',
  );
  await clean(bench);
}
