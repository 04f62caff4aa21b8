// Owns what is checked of groups of outputs that commit together, before anything runs.
import { checkName, kindOf, planError, quoted } from './check.js';
import type { GraphGroup, GraphOutput } from './graph.js';

export interface GroupCheck {
  readonly pipeline: string;
  readonly outputs: ReadonlyMap<string, GraphOutput>;
  /** Those that are declared already. */
  readonly groups: readonly GraphGroup[];
  /** The output that a handle stands for; undefined when this declaration has not made it. */
  readonly outputOf: (handle: unknown) => string | undefined;
}

/** Throws a PlanError for whatever cannot be a group. */
export function checkedGroup(
  name: string,
  members: unknown,
  { pipeline, outputs, groups, outputOf }: GroupCheck,
): GraphGroup {
  checkName('group', name, pipeline);
  const call = `flow.commitGroup('${name}', ...) in pipeline '${pipeline}'`;
  const form = `Write flow.commitGroup('${name}', [a, b]) with what flow.write returned.`;
  const refuse = (problem: string, output?: string): never => {
    throw planError(`${call} ${problem}`, output === undefined ? { pipeline } : { pipeline, output });
  };
  if (groups.some((group) => group.name === name)) refuse('is the second group of that name. Rename one.');
  if (!Array.isArray(members) || members.length < 2) {
    refuse(`needs two outputs or more, in an array. ${form}`);
  }
  // Narrowed by the lines above, which the compiler does not see through `refuse`.
  const names = (members as readonly unknown[]).map(
    (member) =>
      outputOf(member) ?? refuse(`got ${kindOf(member)} that is no output of this declaration. ${form}`),
  );
  for (const [index, output] of names.entries()) {
    if (names.indexOf(output) !== index) refuse(`names ${quoted(output)} twice. Name it once.`, output);
    const other = groups.find((group) => group.outputs.includes(output));
    if (other !== undefined) {
      refuse(
        `names ${quoted(output)}, which is in group '${other.name}' already. An output is in one group.`,
        output,
      );
    }
    if (outputs.get(output)?.sink.mode === 'ignore') {
      refuse(
        `names ${quoted(output)}, whose mode is ignore: it could stay old while the others become new. ` +
          'Use mode error or overwrite, or leave it out.',
        output,
      );
    }
  }
  return { name, outputs: names };
}
