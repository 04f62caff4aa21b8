// Owns how a local output takes part in a group: its mark and its settled stage, and the ballot in the stage of the last one.
import { dirname } from 'node:path';
import { ConflictError } from '../../errors/named-errors.js';
import type { Group } from '../../sink/group.js';
import type { StoreGroup, StoreTarget } from '../../sink/store.js';
import { settleStage } from './commit.js';
import type { FileSystem } from './file-system.js';
import { type Ballot, decide, isDecided, openBallot } from './group-ballot.js';
import { markedBase, writeMark } from './group-mark.js';
import { failingForGood, type Hold } from './hold.js';
import type { Leases } from './lease.js';
import type { LocalStaging, LocalStoreOptions } from './local-staging.js';
import { stagePaths } from './place.js';
import { rebased } from './rebase.js';
import { attemptStep } from './store-error.js';
import { syncStep } from './sync-step.js';
import { factsAt, removeEmptyDirectories, syncAncestors, syncDirectory } from './tree.js';

export interface LocalGroupInit {
  readonly fs: FileSystem;
  readonly leases: Leases;
  /** Throws CLOSED for a target that is not held any more. */
  readonly holdOf: (target: StoreTarget, staging: LocalStaging) => Hold;
}

/** See docs/decisions/0014-groups.md. */
export function localGroup({
  fs,
  leases,
  holdOf,
}: LocalGroupInit): StoreGroup<LocalStoreOptions, LocalStaging> {
  return {
    kind: 'local',
    place: ({ target, staging }) => stagePaths(staging.place, target.runId).stage,

    async open({ target, staging, group }) {
      const hold = holdOf(target, staging);
      const { stage } = hold.paths;
      if (hold.groupLease === undefined) {
        const step = { step: 'take the lease of', path: stage, output: target.output };
        const lease = await attemptStep(step, () => leases.take(stage));
        if (lease === undefined) throw busy(stage, target, group);
        hold.groupLease = lease;
      }
      hold.group = group;
      // Before there is any mark: who finds one asks for this directory, and has to find it after a power cut.
      await syncStep(hold.place.parent, target.output, () =>
        syncAncestors(fs, hold.place.parent, hold.madeParents),
      );
      await openBallot(ballotOf(fs, group), target.output);
    },

    async prepare({ target, staging, manifest, signal, group }) {
      const hold = holdOf(target, staging);
      if (hold.failure !== undefined) throw hold.failure;
      signal.throwIfAborted();
      hold.group = group;
      const { place, paths } = hold;
      const committing = { fs, held: hold, target, manifest, signal };
      await failingForGood(hold, async () => {
        // The version that it began with: going on from a newer one changes nothing of what it may replace.
        const base = markedBase(hold.base, manifest);
        await writeMark(fs, { group, place, paths, target, manifest, base });
        // Published by an earlier process of this run already: nothing is staged.
        if (hold.own !== undefined) {
          await syncStep(paths.stage, target.output, () => syncDirectory(fs, paths.stage));
          // The mark is found only where the stage has its name.
          await syncStep(place.parent, target.output, () => syncDirectory(fs, place.parent));
        } else {
          for (let round = 1; (await settleStage(committing)) === 'moved'; round += 1) {
            hold.base = await rebased(committing, round);
          }
        }
      });
      hold.isSettled = true;
    },

    async decide({ target, staging, group }) {
      const hold = holdOf(target, staging);
      if (hold.failure !== undefined) throw hold.failure;
      await failingForGood(hold, () => decide(ballotOf(fs, group), target.output));
      hold.group = group;
    },
  };
}

/**
 * True when the output is in a group that is decided: what is staged then stays, for the next run on the path to publish.
 * When it was not, it never will be.
 */
export async function isDecidedGroup(fs: FileSystem, { group, paths, target }: Hold): Promise<boolean> {
  if (group === undefined) return false;
  const step = { step: 'look at the group of', path: paths.stage, output: target.output };
  return attemptStep(step, () => isDecided(ballotOf(fs, group)));
}

/** What one hold of a group is to the others. Keys of `holds` are stages. */
export interface Company {
  /** The last member, while this process holds it. */
  readonly last: Hold | undefined;
  /** The members before the last one that this process holds. */
  readonly others: readonly Hold[];
}

export function companyOf({ places }: Group, holds: ReadonlyMap<string, Hold>): Company {
  const found = places.slice(0, -1).flatMap((place) => holds.get(place) ?? []);
  return { last: holds.get(places.at(-1) ?? ''), others: found };
}

/**
 * Removes the directories that an output had made on the way to its target, once it is given up. Of a group all go together, when
 * the stages of all are gone from the disk: who finds a mark asks for the last one's directory, and cannot tell one that was
 * removed from one that is not mounted.
 */
export async function removeMadeDirectories(
  fs: FileSystem,
  hold: Hold,
  holds: ReadonlyMap<string, Hold>,
): Promise<void> {
  hold.isCleared = true;
  const made = [...hold.madeParents, ...(hold.inherited ?? [])];
  const { group } = hold;
  if (group !== undefined && made.length > 0) {
    const { last, others } = companyOf(group, holds);
    const heir = [...others, last].find((one) => one !== undefined && one.isCleared !== true);
    if (heir !== undefined) {
      heir.inherited = [...(heir.inherited ?? []), ...made];
      return;
    }
    // Otherwise they are left: empty directories harm nobody.
    for (const place of group.places) if (!(await isGone(fs, place))) return;
  }
  // Innermost first; one that somebody uses keeps none but those above it.
  for (const path of made.sort((one, other) => other.length - one.length))
    await removeEmptyDirectories(fs, [path]);
}

/** Whether a stage is removed, and that is on the disk. */
async function isGone(fs: FileSystem, stage: string): Promise<boolean> {
  try {
    if ((await factsAt(fs, stage)) !== undefined) return false;
    await syncDirectory(fs, dirname(stage));
    return true;
  } catch {
    return false;
  }
}

function ballotOf(fs: FileSystem, { id, places }: Group): Ballot {
  return { fs, stage: places.at(-1) ?? '', id };
}

function busy(stage: string, target: StoreTarget, group: Group): ConflictError {
  const message =
    `Output "${target.output}" cannot commit with the group "${group.name}" to ${target.path}: another process is finishing ` +
    `a group of an earlier run there now. Run again in a moment.`;
  return new ConflictError(message, {
    operation: 'open group',
    context: { path: target.path, output: target.output, stage },
  });
}
