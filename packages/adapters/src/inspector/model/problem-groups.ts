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
    const owner = ownerOf(name);
    const key = JSON.stringify([owner, state, code, withoutOwnNumbers(text, name)]);
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

/** `routes~1/0` is a write of `routes~1`. */
const ownerOf = (name: string): string => name.split('/')[0] ?? name;

/**
 * What is said, without what differs from one write of an output to the next, and from one thread in a worker's place to the
 * next. Other numbers stay: they may be what went wrong.
 */
function withoutOwnNumbers(text: string, name: string): string {
  const write = /\/(\d+)$/.exec(name)?.[1];
  const said = text.replaceAll(name, ownerOf(name)).replaceAll(/\battempt \d+/g, 'attempt #');
  if (write === undefined) return said.replaceAll(/\b([wq]\d+)\.\d+\b/g, '$1.#');
  // Names of parts are `part-00003-1-000-5f2a9c01b7de`: of the write, of the attempt, of the part, of the run.
  return said
    .replaceAll(new RegExp(`\\bwrite ${write}\\b`, 'g'), 'write #')
    .replaceAll(new RegExp(`\\bpart-${write.padStart(5, '0')}-\\d+-\\d+`, 'g'), 'part-#');
}
