// Owns the groups of outputs of one run: which outputs are left of each, and what they share.
import { type CommitGroup, createCommitGroup, mayBeDecided } from '../pool/commit-group.js';
import type { Graph } from './graph.js';
import type { GroupFacts } from './report.js';

export interface RunGroups {
  /** The group that an output commits together with; none for one that is alone in it, because the others are published. */
  of(output: string): CommitGroup | undefined;
  facts(): readonly GroupFacts[];
}

/**
 * @param graph as it was declared
 * @param left the outputs that this run writes
 * @param newId makes ids that were never used before
 */
export function createRunGroups(graph: Graph, left: ReadonlySet<string>, newId: () => string): RunGroups {
  const groups = (graph.groups ?? []).map(({ name, outputs }) => {
    const members = outputs.filter((output) => left.has(output));
    const group = members.length < 2 ? undefined : createCommitGroup(name, newId(), members);
    return { name, outputs, members, group };
  });
  return {
    of: (output) => groups.find(({ members }) => members.includes(output))?.group,
    facts: () =>
      groups.map(({ name, outputs, group }) => ({
        name,
        outputs,
        mayBeDecided: group !== undefined && mayBeDecided(group.phase),
      })),
  };
}
