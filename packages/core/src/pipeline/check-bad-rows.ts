// Owns what a declaration is refused for that concerns bad rows.
import { checkOptions, checkSink, planError, quoted } from './check.js';
import { type DeadLetter, type Graph, originOf, type StageOptions } from './graph.js';
import { writeOptions } from './option-kinds.js';

/** Throws a PlanError for a sink that is none, or an option that is none. Gives the name of the output. */
export function checkDeadLetter(stage: string, letter: DeadLetter, pipeline: string): string {
  // From JavaScript anything can come.
  const options: DeadLetter['options'] | null = letter.options;
  const { name = `${stage}-rejected`, ...rest } = options ?? {};
  checkSink(name, letter.sink, pipeline);
  checkOptions(`deadLetter(...) of ${quoted(stage)}`, rest, writeOptions, pipeline);
  return name;
}

/** Throws a PlanError for limits without anything that they limit. */
export function checkLimits(
  stage: string,
  { onBadRow = 'fail', maxBadRows, maxBadShare }: StageOptions,
  pipeline: string,
): void {
  if (onBadRow !== 'fail' || (maxBadRows === undefined && maxBadShare === undefined)) return;
  const option = maxBadRows === undefined ? 'maxBadShare' : 'maxBadRows';
  throw planError(
    `${quoted(stage)} in pipeline ${quoted(pipeline)} has ${option}, but its first bad row fails it. Say what becomes of bad ` +
      `rows, onBadRow: 'skip' or deadLetter(sink), or leave ${option} out.`,
    { pipeline, stage },
  );
}

/** Throws a PlanError for policies on columns where nobody has said which columns there are. */
export function checkColumnPolicies(
  stage: string,
  { schema, extraColumns = 'error', missingColumns = 'null' }: StageOptions,
  pipeline: string,
): void {
  if (schema !== undefined || (extraColumns === 'error' && missingColumns === 'null')) return;
  const option = extraColumns === 'error' ? "missingColumns: 'error'" : "extraColumns: 'drop'";
  throw planError(
    `${quoted(stage)} in pipeline ${quoted(pipeline)} has ${option} without a schema: which columns it has would depend on its ` +
      'first rows. Declare schema: defineSchema({ ... }), or read it from a file: await schemaFrom(path).',
    { pipeline, stage },
  );
}

/** Throws a PlanError for an output of bad rows whose stage never makes columns: it would say that there are none. */
export function checkLetters(graph: Graph): void {
  const letters = graph.nodes.flatMap((node) => (node.kind === 'rejects' ? [node.from] : []));
  const made = new Set([
    ...graph.outputs.map((output) => originOf(graph, output.from)),
    ...graph.nodes.flatMap((node) => (node.kind === 'hold' ? [node.from] : [])),
  ]);
  const idle = letters.find((stage) => !made.has(stage));
  if (idle === undefined) return;
  throw planError(
    `${quoted(idle)} in pipeline ${quoted(graph.name)} has onBadRow: deadLetter(...), but is neither written ` +
      'nor held: its items are not made into columns, and none is refused. Write it, or give the option to the ' +
      'stage that is written.',
    { pipeline: graph.name, stage: idle },
  );
}
