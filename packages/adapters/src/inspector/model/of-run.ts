// Owns what of the model belongs to the run that is shown. Pure.
import type { Model } from './model.js';
import { latestRun } from './runs.js';

/**
 * The model as it is of one run: its graph, numbers, lanes and problems, and what belongs to no run that is known.
 * @param chosen id of the run; undefined for the latest
 */
export function ofRun(model: Model, chosen: string | undefined): Model {
  const { runs } = model;
  const run = (chosen === undefined ? undefined : runs.get(chosen)) ?? latestRun(runs);
  if (run === undefined || runs.size < 2) return model;
  const isShown = ({ run: of }: { readonly run?: string | undefined }): boolean =>
    of === undefined || of === run.id || !runs.has(of);
  const spans = model.spans.filter(isShown);
  const problems = model.problems.filter(isShown);
  return {
    ...model,
    graph: run.graph,
    progress: run.progress,
    report: run.report,
    spans,
    openSpans: new Map([...model.openSpans].filter(([, span]) => isShown(span))),
    problems,
    problemCount: problems.length,
    from: spans.reduce((least, span) => (span.run === run.id ? Math.min(least, span.from) : least), run.from),
    to: run.report?.at ?? model.to,
  };
}
