// Owns what is true of watched runs at the moment of collection: rows, bytes, memory, queues. It keeps sums of those that
// have ended, never the runs themselves.
import type { RunProgress } from '@tailrace/core';
import type { WatchedRun } from '../observer.js';
import { definitionOf, type Labels, type ObservedMetric } from './definitions.js';
import type { Series } from './series.js';

export interface Observation {
  readonly metric: ObservedMetric;
  readonly value: number;
  readonly labels: Labels;
}

export interface Observations {
  /** @returns settles when the run has ended and is kept as a sum */
  watch(run: WatchedRun): Promise<void>;
  /** Sums over all watched runs of the same labels. */
  now(): Iterable<Observation>;
}

export function createObservations(series: Series): Observations {
  const ended = new Map<string, Observation>();
  const live = new Set<WatchedRun>();
  return {
    async watch(run) {
      if (live.has(run)) return;
      live.add(run);
      try {
        await run.settled;
      } catch {
        // It has broken down, which its owner is told of; what it has counted until then counts.
      }
      live.delete(run);
      // What was counted stays counted; memory and queues of a run that is over are nothing.
      const counted = [...observationsOf(run, series)].filter(
        ({ metric }) => definitionOf(metric).kind === 'counter',
      );
      addUp(ended, counted);
    },
    now() {
      const sums = new Map(ended);
      for (const run of live) addUp(sums, observationsOf(run, series));
      return sums.values();
    },
  };
}

function addUp(sums: Map<string, Observation>, observations: Iterable<Observation>): void {
  for (const observation of observations) {
    const { metric, labels, value } = observation;
    const key = JSON.stringify([metric, labels]);
    sums.set(key, { metric, labels, value: (sums.get(key)?.value ?? 0) + value });
  }
}

function* observationsOf(run: WatchedRun, series: Series): Generator<Observation> {
  const { pipeline } = run;
  const { bytesHeld, bytesLimit, sources, outputs } = run.progress();
  const ofPipeline = series.pipeline(pipeline);
  yield { metric: 'tailrace.memory.usage', value: bytesHeld, labels: ofPipeline };
  yield { metric: 'tailrace.memory.limit', value: bytesLimit, labels: ofPipeline };
  for (const { name, rows, droppedItems = 0 } of sources) {
    const { pipeline: named, part: source } = series.part(pipeline, name);
    const labels = { pipeline: named, source };
    yield { metric: 'tailrace.source.rows', value: rows, labels };
    yield { metric: 'tailrace.source.dropped', value: droppedItems, labels };
  }
  for (const output of outputs) {
    // The run that has published it has counted it, and its writes are none of this run's.
    if (output.kept === true) continue;
    const { pipeline: named, part } = series.part(pipeline, output.name);
    yield* ofOutput(output, { pipeline: named, output: part });
  }
}

function* ofOutput(output: RunProgress['outputs'][number], labels: Labels): Generator<Observation> {
  yield { metric: 'tailrace.output.rows', value: output.rows, labels };
  yield { metric: 'tailrace.output.rejected', value: output.rejected, labels };
  yield { metric: 'tailrace.output.io', value: output.bytesWritten, labels };
  yield { metric: 'tailrace.output.files', value: output.files, labels };
  yield { metric: 'tailrace.output.held', value: output.heldBytes, labels };
  const { queued, active, retrying, paused } = output.writes;
  for (const [state, value] of Object.entries({ queued, active, retrying, paused }))
    yield { metric: 'tailrace.output.queue', value, labels: { ...labels, state } };
}
