// Owns the steps of one output on its way through a sink, as the framework leads it, for the conformance suite of sinks.
import assert from 'node:assert/strict';
import type { Batch } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';
import { loadModule } from '../sink/load.js';
import type { CommitContext, Committed, Prepared, Sink, SinkDefinition, SinkWriter } from '../sink/sink.js';
import { sameInOrder } from './assertions.js';
import { sampleBatch } from './sample.js';

/** A target of its own for one test. */
export interface SinkPlace {
  /** A sink that writes to this target. */
  readonly sink: Sink<never>;
  /** Rows that a reader of the target sees now. */
  visibleRows(): Promise<number>;
  /**
   * The same rows, in any order, in the forms that `sampleRows` has. Without it the suite cannot see values that are
   * altered: supply it.
   */
  rows?(): Promise<readonly unknown[]>;
  /** Whatever the sink has left beside the data. Checked to be empty after a commit or abort. Default: not checked. */
  leftovers?(): Promise<readonly string[]>;
  /** Removes the target, after the test. */
  dispose(): Promise<void>;
}

/** One output on its way through the sink, as the framework leads it. */
export interface SinkRun extends SinkPlace {
  readonly runId: string;
  readonly definition: SinkDefinition;
  readonly schema: Schema;
  /** Opens an attempt at a write. */
  open(write: number, attempt: number, signal?: AbortSignal): Promise<SinkWriter>;
  /** A whole attempt of one batch for each number of rows. */
  prepare(write: number, attempt: number, sizes: readonly number[]): Promise<Prepared>;
  /** The same of given batches. */
  prepareAll(write: number, attempt: number, batches: readonly Batch<unknown>[]): Promise<Prepared>;
  context(prepared: readonly Prepared[], signal?: AbortSignal): CommitContext<unknown, unknown, unknown>;
  commit(prepared: readonly Prepared[], signal?: AbortSignal): Promise<Committed>;
  abort(): Promise<void>;
  /** Begins another run on the same target. */
  beginAgain(signal: AbortSignal): Promise<unknown>;
  clean(): Promise<void>;
}

let runs = 0;

export function newSinkRunId(): string {
  runs += 1;
  return `run-${process.pid}-s${runs}`;
}

/** @throws whatever the sink throws when it refuses its target */
export async function beginRun(place: SinkPlace, schema: Schema, runId = newSinkRunId()): Promise<SinkRun> {
  const { sink } = place;
  const definition = await loadModule<SinkDefinition>(sink.module, 'sink');
  const info = { runId, output: 'conformance' };
  const { options } = sink.module;
  const unaborted = new AbortController().signal;
  await definition.check?.({ ...info, options, schema });
  const begun = await definition.begin({ ...info, options, signal: unaborted });
  assert.equal(begun.skip, false, 'a fresh target must not be skipped');
  // Staging crosses to the workers.
  const staging: unknown = begun.skip ? undefined : structuredClone(begun.staging);

  const open: SinkRun['open'] = (write, attempt, signal = unaborted) =>
    definition.open({ ...info, options: structuredClone(options), schema, staging, write, attempt, signal });
  const context: SinkRun['context'] = (prepared, signal = unaborted) => {
    return { ...info, options, staging, schema, prepared, signal };
  };
  const prepareAll: SinkRun['prepareAll'] = async (write, attempt, batches) => {
    const writer = await open(write, attempt);
    try {
      for (const batch of batches) await writer.write(batch);
      // What a write hands over crosses back from its worker.
      return structuredClone(await writer.prepare());
    } catch (error) {
      await writer.abort();
      throw error;
    }
  };
  return {
    ...place,
    visibleRows: () => place.visibleRows(),
    dispose: () => place.dispose(),
    runId,
    definition,
    schema,
    open,
    prepareAll,
    prepare(write, attempt, sizes) {
      const batches: Batch<unknown>[] = [];
      let first = 0;
      for (const rows of sizes) {
        batches.push(sampleBatch(schema, rows, first));
        first += rows;
      }
      return prepareAll(write, attempt, batches);
    },
    context,
    commit: (prepared, signal) => definition.commit(context(prepared, signal)),
    abort: () => definition.abort({ ...info, options, staging }),
    beginAgain: (signal) =>
      definition.begin({ runId: newSinkRunId(), output: 'conformance', options, signal }),
    async clean() {
      assert.deepEqual([...((await place.leftovers?.()) ?? [])], [], 'the sink left something behind');
    },
  };
}

/** The same rows in any order. */
export function sameRows(
  actual: readonly unknown[],
  expected: readonly unknown[],
  what = 'rows are other ones',
): void {
  sameInOrder(sorted(actual), sorted(expected), what);
}

function sorted(rows: readonly unknown[]): readonly unknown[] {
  const key = (row: unknown): string =>
    JSON.stringify(row, (_, cell) => (typeof cell === 'bigint' ? `${cell}n` : cell));
  return rows
    .map((row) => ({ row, text: key(row) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ row }) => row);
}
