// Owns what a sink must do about several writers, outputs and runs at once, for the conformance suite of sinks.
import assert from 'node:assert/strict';
import type { Schema } from '../batch/schema.js';
import { isTailraceError } from '../errors/tailrace-error.js';
import type { Prepared } from '../sink/sink.js';
import { sampleBatch } from './sample.js';
import { beginRun, type SinkPlace, type SinkRun } from './sink-bench.js';

export async function takesWritersAtOnce(run: SinkRun): Promise<void> {
  const numbers = run.sink.single ? [0] : [0, 1, 2, 3];
  const writers = await Promise.all(numbers.map((write) => run.open(write, 1)));
  for (const first of [0, 50]) {
    await Promise.all(writers.map((writer) => writer.write(sampleBatch(run.schema, 50, first))));
  }
  const prepared = await Promise.all(writers.map((writer) => writer.prepare()));
  assert.equal(await run.visibleRows(), 0, 'prepared rows are visible');
  const expected = numbers.length * 100;
  assert.equal((await run.commit(prepared)).rows, expected);
  assert.equal(await run.visibleRows(), expected);
  await run.clean();
}

/** Two outputs of one run, so with one run id. */
export async function keepsOutputsApart(one: SinkPlace, two: SinkPlace, schema: Schema): Promise<void> {
  const first = await beginRun(one, schema);
  const second = await beginRun(two, schema, first.runId);
  const ofFirst = await first.open(0, 1);
  const ofSecond = await second.open(0, 1);
  await ofFirst.write(sampleBatch(schema, 30));
  await ofSecond.write(sampleBatch(schema, 50));
  await ofSecond.prepare();
  const prepared = structuredClone(await ofFirst.prepare());
  await second.abort();
  assert.equal((await first.commit([prepared])).rows, 30);
  assert.equal(await one.visibleRows(), 30);
  assert.equal(await two.visibleRows(), 0, 'an output was published with its neighbour');
  await first.clean();
  await second.clean();
}

/** Two runs on one target: what each is told is what a reader sees. */
export async function tellsBothRunsTheTruth(place: SinkPlace, schema: Schema): Promise<void> {
  const first = await beginRun(place, schema);
  let second: SinkRun;
  try {
    second = await beginRun(place, schema);
  } catch (error) {
    isRefusal(error);
    await first.commit([await first.prepare(0, 1, [30])]);
    assert.equal(await place.visibleRows(), 30);
    await first.clean();
    return;
  }
  const ofSecond = await second.prepare(0, 1, [50]);
  let ofFirst: Prepared;
  try {
    ofFirst = await first.prepare(0, 1, [30]);
  } catch (error) {
    // The second run has taken the target over, as it may.
    isRefusal(error);
    await first.abort();
    await second.commit([ofSecond]);
    assert.equal(await place.visibleRows(), 50);
    await second.clean();
    return;
  }
  const runs = [
    { run: first, prepared: ofFirst },
    { run: second, prepared: ofSecond },
  ];
  const ends = await Promise.allSettled(runs.map(({ run, prepared }) => run.commit([prepared])));
  for (const [at, { run }] of runs.entries()) {
    const end = ends[at];
    if (end?.status !== 'rejected') continue;
    isRefusal(end.reason);
    await run.abort();
  }
  const [isFirst, isSecond] = ends.map(({ status }) => status === 'fulfilled');
  assert.ok(isFirst || isSecond, 'two runs at once and both have failed');
  // Both may have been added, or one of them has replaced the other.
  const allowed = isFirst && isSecond ? [30, 50, 80] : [isFirst ? 30 : 50];
  const seen = await place.visibleRows();
  assert.ok(
    allowed.includes(seen),
    `readers see ${seen} rows of two runs, instead of ${allowed.join(' or ')}`,
  );
  await first.clean();
}

function isRefusal(error: unknown): void {
  assert.ok(isTailraceError(error), `the run that lost failed with ${String(error)}`);
  assert.ok(
    ['CONFLICT', 'TARGET_EXISTS'].includes(error.code),
    `the run that lost failed with ${error.code}: ${error.message}`,
  );
}
