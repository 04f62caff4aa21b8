// Owns what must be true of a sink's target whose run died between two calls: the run is a process of its own that is
// killed after each step of the protocol in turn; then another one begins on the same target.
import assert from 'node:assert/strict';
import type { Schema } from '../batch/schema.js';
import { isTailraceError } from '../errors/tailrace-error.js';
import { loadModule } from '../sink/load.js';
import type { SinkDefinition } from '../sink/sink.js';
import { thrownBy, withPlace } from './assertions.js';
import { crash } from './crash.js';
import { beginRun, newSinkRunId, type SinkPlace } from './sink-bench.js';

const nextRows = 25;

/** Kills a run after each of its steps, on a fresh target each time, and sees what readers and the next run find. */
export async function survivesCrashes(fresh: () => Promise<SinkPlace>, schema: Schema): Promise<void> {
  let isOver = false;
  for (let steps = 1; !isOver; steps += 1) {
    await withPlace(fresh, async (place) => {
      isOver = await crashedAfter(place, schema, 'commit', steps);
    });
  }
  await withPlace(fresh, async (place) => {
    await crashedAfter(place, schema, 'abort', Number.POSITIVE_INFINITY);
  });
}

async function crashedAfter(
  place: SinkPlace,
  schema: Schema,
  end: 'commit' | 'abort',
  steps: number,
): Promise<boolean> {
  const { sink } = place;
  const writes = sink.single ? [40] : [40, 60];
  const job = { kind: 'sink', sink: sink.module, runId: newSinkRunId(), schema, writes, end, steps } as const;
  const { taken, isOver } = await crash(job);
  const when = `killed after ${taken.at(-1) ?? 'nothing'}`;
  const isPublished = taken.includes('commit');
  const before = isPublished ? writes.reduce((sum, rows) => sum + rows, 0) : 0;
  assert.equal(await place.visibleRows(), before, `${when}, readers see something else than all or nothing`);

  if (isPublished && (await isRefused(place))) {
    assert.equal(await place.visibleRows(), before, `${when}, the next run is refused and rows have changed`);
  } else {
    const next = await beginRun(place, schema);
    await next.commit([await next.prepare(0, 1, [nextRows])]);
    const seen = await place.visibleRows();
    const allowed = [nextRows, before + nextRows];
    assert.ok(allowed.includes(seen), `${when}, readers see ${seen} rows after the next run`);
  }
  const left = [...((await place.leftovers?.()) ?? [])];
  assert.deepEqual(left, [], `${when}, something is left after the next run`);
  return isOver;
}

/** Whether a sink takes no further run where one has published. */
async function isRefused({ sink }: SinkPlace): Promise<boolean> {
  const definition = await loadModule<SinkDefinition>(sink.module, 'sink');
  const output = { runId: newSinkRunId(), output: 'conformance', options: sink.module.options };
  let isSkipped = false;
  const thrown = await thrownBy(async () => {
    const begun = await definition.begin({ ...output, signal: new AbortController().signal });
    isSkipped = begun.skip;
    if (!begun.skip) await definition.abort({ ...output, staging: structuredClone(begun.staging) });
  });
  if (thrown === undefined) return isSkipped;
  const { error } = thrown;
  assert.ok(isTailraceError(error), `an existing target was refused with ${String(error)}`);
  assert.equal(error.code, 'TARGET_EXISTS', `an existing target was refused with: ${error.message}`);
  return true;
}
