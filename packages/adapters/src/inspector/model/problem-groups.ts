// Owns the gathering of problems that say the same, so that a storm of retries is a few lines. Pure.
import type { ProblemMessage } from '../stream/message.js';

export interface ProblemGroup {
  /** The latest one. */
  readonly last: ProblemMessage;
  readonly count: number;
  readonly firstAt: number;
}

/** The latest group first. Alike are those of one output or worker with the same state, code and text. */
export function groupsOf(problems: readonly ProblemMessage[]): readonly ProblemGroup[] {
  const groups = new Map<string, ProblemGroup>();
  for (const problem of problems) {
    const { name, state, code, text } = problem;
    // `routes~1/0` is a write of `routes~1`, and names itself in what it says.
    const owner = name.split('/')[0] ?? name;
    const key = JSON.stringify([owner, state, code, text.replaceAll(name, owner).replaceAll(/\d+/g, '#')]);
    const group = groups.get(key);
    groups.delete(key);
    groups.set(key, {
      last: problem,
      count: (group?.count ?? 0) + 1,
      firstAt: group?.firstAt ?? problem.at,
    });
  }
  return [...groups.values()].toReversed();
}
