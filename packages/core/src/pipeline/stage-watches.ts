// Owns which stages of a resumed job are watched, and what each is held to. How, is stage-watch.ts's business.
import type { Publication } from '../sink/sink.js';
import type { Journal } from '../store/journal/journal.js';
import { writtenStages } from './durable.js';
import { type Graph, originOf, sourcesOf } from './graph.js';
import type { Fingerprints } from './resume-key.js';
import { type DeclaredOutput, type JobState, publishedNames } from './resume-plan.js';
import { createStageWatch, type StageWatch } from './stage-watch.js';

export interface WatchedJob {
  /** With the outputs that are written now. */
  readonly graph: Graph;
  readonly runId: string;
  readonly directory: string;
  readonly fingerprints: Fingerprints;
  /** All that are declared. */
  readonly outputs: readonly DeclaredOutput[];
  readonly kept: ReadonlyMap<string, Publication>;
  readonly previous: JobState | undefined;
  readonly journal: Pick<Journal, 'append'>;
}

/** By name of the stage. One with a source that is not known to give the same again is held to nothing. */
export function watchStages(job: WatchedJob): ReadonlyMap<string, StageWatch> {
  const { graph, previous, outputs } = job;
  const names = publishedNames(outputs, job.kept, previous);
  const watches = new Map<string, StageWatch>();
  for (const stage of writtenStages(graph)) {
    const sources = sourcesOf(graph, stage);
    if (sources.some((source) => job.fingerprints.get(source) == null)) continue;
    const published = outputs.filter(
      (output) => names.has(output.name) && output.sources.some((source) => sources.includes(source)),
    );
    const written = graph.outputs.filter(({ from }) => originOf(graph, from) === stage);
    const watch = createStageWatch({
      pipeline: graph.name,
      stage,
      runId: job.runId,
      earlier: previous?.given.get(stage) ?? [],
      published: published.map(({ name }) => name),
      outputs: written.map(({ name }) => name),
      varies: written.flatMap(({ sink }) => sink.varies ?? []),
      directory: job.directory,
      append: (record) => job.journal.append(record),
    });
    watches.set(stage, watch);
  }
  return watches;
}
