// Owns what is left of a group that is decided and was overtaken before all of it was published: what must be there all the same,
// and what the next run makes of it.
import { isTailraceError } from '@tailrace/core';
import type { Tally } from './figure.js';
import { isGrowing, memberKinds, rowsInPart, rowsOfVersion, type WriteJob, write } from './kinds.js';
import { judge, look, type Seen } from './reader.js';

/** Versions that a part of a member that grows is without, as the state of their group shows it. */
export function missingIn(state: string, versions: readonly number[]): readonly number[] {
  const members = state.split(' | ');
  const growing = memberKinds.flatMap((kind, at) => (isGrowing(kind) ? [members[at] ?? ''] : []));
  const parts = rowsOfVersion / rowsInPart;
  return versions.filter((version) =>
    growing.some((member) => {
      const holding = member
        .split(' ')
        .filter((part) => part.split(':')[1]?.split('+').includes(`${version}`));
      return holding.length < parts;
    }),
  );
}

/**
 * Every member is whole, what grows has all that is done, and whoever comes next publishes over all of it, or is told what is in
 * the way.
 *
 * @param done versions whose runs have said so
 */
export async function judgeIncomplete(
  tally: Tally,
  job: Omit<WriteJob, 'version'>,
  done: readonly number[],
  where: string,
): Promise<void> {
  tally.detail('group left incomplete');
  judgeGrown(tally, await look(job, false), done, `${where}, left incomplete`);
  try {
    await write({ ...job, version: 99 });
  } catch (error) {
    const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
    const isTold = errors.some((one) => isTailraceError(one) && one.code === 'CONFLICT');
    if (!isTold) tally.bad('altered', `${where}: the run after it: ${errors.map(String).join('; ')}`);
    return;
  }
  tally.detail('published after an incomplete one');
  const seen = await look(job, true);
  judgeGrown(tally, seen, [...done, 99], `${where}, after the run that came next`);
  if (!seen.state.split(' | ').every((member) => member.includes('99')))
    tally.bad('lost', `${where}: the run after it is done, and found is ${seen.state}`);
}

function judgeGrown(tally: Tally, seen: Seen, versions: readonly number[], where: string): void {
  // Of those that replace, any may have come last.
  judge(tally, seen, [seen.state], where);
  if (seen.wrong.length > 0) return;
  const missing = missingIn(seen.state, versions);
  if (missing.length > 0)
    tally.bad('lost', `${where}: ${missing.join(', ')} done, and found is ${seen.state}`);
}
