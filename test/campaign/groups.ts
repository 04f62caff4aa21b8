// Owns what may be found of outputs that commit together: a directory that is replaced, one that grows, and a file.
import { isSwapped, type Kind, memberKinds, membersOf, stateOf, type WriteJob } from './kinds.js';

/** What a reader may find while a publication stands between two steps, besides the versions before and after it. */
export function halfWayStates(kind: Kind, versions: readonly (readonly number[])[]): readonly string[] {
  if (isSwapped(kind)) return ['absent'];
  if (kind !== 'group') return [];
  const [replaced, grown, last] = memberKinds;
  const states: string[] = [];
  for (const [at, ofLast] of versions.entries()) {
    // Whoever finds the last member new finds all of them so.
    const later = versions.slice(at);
    const mayBeAbsent = later.length > 1 ? ['absent'] : [];
    for (const one of [...later.map((found) => stateOf(replaced, found)), ...mayBeAbsent])
      for (const other of [...later.map((found) => stateOf(grown, found)), ...mayBeAbsent])
        states.push([one, other, stateOf(last, ofLast)].join(' | '));
  }
  return states;
}

/** The run that follows a crash: of a group one on a single path first, which shows whether the others are finished with it. */
export interface NextRun {
  readonly job: WriteJob;
  /** What is looked at after it. */
  readonly whole: WriteJob;
  /** What a reader finds after it where these versions were there before. */
  after(versions: readonly number[]): string;
}

/** @param turn chooses the member that is begun on first */
export function nextRunsOf(job: WriteJob, turn: number): readonly NextRun[] {
  const { kind, version } = job;
  if (kind !== 'group')
    return [{ job, whole: job, after: (versions) => stateOf(kind, [...versions, version]) }];
  const members = membersOf(job);
  const chosen = turn % members.length;
  const at = (versions: readonly number[], more: readonly number[]): string =>
    memberKinds
      .map((member, index) => {
        const own = index === chosen ? [...versions, version] : [...versions];
        return stateOf(member, [...own, ...more]);
      })
      .join(' | ');
  const [one = job] = members.slice(chosen);
  return [
    { job: one, whole: job, after: (versions) => at(versions, []) },
    { job: { ...job, version: version + 1 }, whole: job, after: (versions) => at(versions, [version + 1]) },
  ];
}
