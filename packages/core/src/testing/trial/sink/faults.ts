// Owns the mistakes that a sink can make, each as a change to the sound trial sink.
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Batch, batchData, createBatch } from '../../../batch/batch.js';
import type { SinkWriter } from '../../../sink/sink.js';
import { makeStaging, newest, publishRecord } from '../records.js';
import { type PartEntry, type PartName, publishParts, type TrialSink, trialSink } from './trial-sink.js';

type Changes = Partial<TrialSink>;
type Opening = Parameters<TrialSink['open']>[0];
type Writer = SinkWriter<PartName>;

/** A sink whose writers are wrapped. */
function withWriters(wrap: (writer: Writer, context: Opening) => Partial<Writer>): Changes {
  return {
    async open(context) {
      const writer = await trialSink.open(context);
      return { ...writer, ...wrap(writer, context) };
    },
  };
}

const never = new AbortController().signal;
const stagingOfRuns = new Map<string, string>();

/** A batch with the same columns that outlives its references, as a view kept without `retain` does. */
function unowned(batch: Batch<unknown>): Batch<unknown> {
  return createBatch<unknown>(batchData(batch), () => undefined);
}

export const sinkFaults = {
  publishesWhenPrepared: withWriters((writer, { options, runId, staging }) => ({
    async prepare() {
      const prepared = await writer.prepare();
      await publishParts(options.path, runId, staging, [prepared.part]);
      return prepared;
    },
  })),
  forgetsItsStagingAtAbort: { abort: async () => undefined },
  publishesTwiceOnRetry: {
    async commit(context) {
      const { options, staging, prepared } = context;
      const names = prepared.map(({ part }) => part);
      // Under a run id that is not known there, so once more each time.
      await publishParts(options.path, `${context.runId}-${randomUUID()}`, staging, names);
      const { runs, number, entries } = await newest<PartEntry>(options.path);
      const record = { number: number + 1, runs: [...runs, context.runId], entries };
      await publishRecord(options.path, record, staging);
      return trialSink.commit(context);
    },
  },
  publishesLostAttempts: {
    async commit(context) {
      const { options, runId, staging } = context;
      await publishParts(options.path, runId, staging, await readdir(staging));
      return trialSink.commit(context);
    },
  },
  deniesItsCommit: { verify: async () => undefined },
  claimsRowsItDidNotWrite: withWriters((writer) => ({
    async prepare() {
      const prepared = await writer.prepare();
      return { ...prepared, rows: prepared.rows + 1 };
    },
  })),
  dropsTheLastBatch: withWriters((writer) => {
    let held: Batch<unknown> | undefined;
    let dropped = 0;
    return {
      async write(batch) {
        if (held !== undefined) {
          await writer.write(held);
          held.release();
        }
        held = batch.retain();
        dropped = batch.rows;
      },
      async prepare() {
        held?.release();
        const prepared = await writer.prepare();
        return { ...prepared, rows: prepared.rows + dropped };
      },
    };
  }),
  keepsBatchesWithoutRetaining: withWriters((writer) => {
    const held: Batch<unknown>[] = [];
    return {
      write: (batch) => void held.push(unowned(batch)),
      async prepare() {
        for (const batch of held) await writer.write(batch);
        return writer.prepare();
      },
    };
  }),
  neverLetsBatchesGo: withWriters((writer) => ({ write: (batch) => writer.write(batch.retain()) })),
  writesNaNAsNull: withWriters((writer) => ({
    write(batch) {
      const rows = [...batch.toRows()].map((row) =>
        // Any row is an object with its columns.
        Object.fromEntries(
          Object.entries(row as object).map(([name, cell]) => [name, Number.isNaN(cell) ? null : cell]),
        ),
      );
      return writer.write({ ...batch, rows: batch.rows, toRows: () => rows });
    },
  })),
  ignoresTheSignal: {
    begin: (context) => trialSink.begin({ ...context, signal: never }),
    open: (context) => trialSink.open({ ...context, signal: never }),
    commit: (context) => trialSink.commit({ ...context, signal: never }),
  },
  keepsFilesAfterACrash: {
    async begin(context) {
      const { path } = context.options;
      const kept = (await readdir(path).catch(() => [])).filter((name) => name.startsWith('staged-'));
      const begun = await trialSink.begin(context);
      for (const name of kept) await makeStaging(path, name);
      return begun;
    },
  },
  commitsWriteByWrite: withWriters((writer, { options, runId, staging, write }) => ({
    async prepare() {
      const prepared = await writer.prepare();
      if (write > 0) await publishParts(options.path, runId, staging, [prepared.part]);
      return prepared;
    },
  })),
  publishesOverAnotherRun: {
    async commit(context) {
      const { options, runId, staging, prepared } = context;
      const { number, runs } = await newest<PartEntry>(options.path);
      const last = prepared.at(-1);
      const entries = last === undefined ? [] : [{ at: join(basename(staging), last.part) }];
      await publishRecord(options.path, { number: number + 1, runs: [...runs, runId], entries }, staging);
      return trialSink.commit(context);
    },
  },
  sharesStagingBetweenOutputs: {
    async begin(context) {
      const begun = await trialSink.begin(context);
      if (begun.skip) return begun;
      const staging = stagingOfRuns.get(context.runId) ?? begun.staging;
      stagingOfRuns.set(context.runId, staging);
      return { skip: false, staging };
    },
  },
} as const satisfies Readonly<Record<string, Changes>>;

export type SinkFault = keyof typeof sinkFaults;
