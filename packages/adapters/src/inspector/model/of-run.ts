// Owns what of the model belongs to the run that is shown. Pure.
import type { Model } from './model.js';
import { isOver, latestRun } from './runs.js';
import { countedIn } from './summaries.js';

/**
 * The model as it is of one run: its graph, numbers, actors, lanes and problems, and what belongs to no run that is known.
 * @param chosen id of the run; undefined for the latest
 * @param isLost the program is not heard of any more
 */
export function ofRun(whole: Model, chosen: string | undefined, isLost = false): Model {
  const model = whole.isLost === isLost ? whole : { ...whole, isLost };
  const { runs } = model;
  const run = (chosen === undefined ? undefined : runs.get(chosen)) ?? latestRun(runs, isLost);
  if (run === undefined || runs.size < 2) return model;
  const isOfIt = (root: string | undefined): boolean =>
    root === undefined || root === run.id || !runs.has(root);
  const isShown = ({ run: of }: { readonly run?: string | undefined }): boolean => isOfIt(of);
  const spans = model.spans.filter(isShown);
  const problems = model.problems.filter(isShown);
  const others = [...runs.keys()].filter((id) => id !== run.id);
  return {
    ...model,
    actors: actorsWithout(model.actors, others),
    counted: countedIn([...model.summaries.values()].filter(isShown)),
    graph: run.graph,
    progress: run.progress,
    report: run.report,
    spans,
    openSpans: new Map([...model.openSpans].filter(([, span]) => isShown(span))),
    problems,
    problemCount: problems.length,
    from: spans.reduce((least, span) => (span.run === run.id ? Math.min(least, span.from) : least), run.from),
    // Of one that has broken down there is no report.
    to: run.report?.at ?? (isOver(run) ? run.progress.at(-1)?.at : undefined) ?? model.to,
  };
}

type Actors = Model['actors'];

/** What was answered, so that it is the same again, and nobody draws it anew: by actors, and then by runs. */
const answered = new WeakMap<Actors, Map<string, Actors>>();

function actorsWithout(actors: Actors, runs: readonly string[]): Actors {
  const answers = answered.get(actors) ?? new Map<string, Actors>();
  answered.set(actors, answers);
  const key = JSON.stringify(runs);
  const known = answers.get(key);
  if (known !== undefined) return known;
  const others = new Set(runs);
  const left = new Map([...actors].filter(([, { rootId }]) => !others.has(rootId)));
  answers.set(key, left);
  return left;
}
