// Owns the local store: which targets this process holds, and what a commit, a check or an abort does with them. Bytes
// pass through staged-file.ts only.
import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { Group } from '../../sink/group.js';
import type { StagedContext, StoreDefinition, StoreTarget } from '../../sink/store.js';
import { systemClock } from '../../time/clock.js';
import { beginLocal } from './begin.js';
import { clearStage } from './clear-stage.js';
import { isThere } from './commit.js';
import { commitHeld } from './commit-held.js';
import type { FileSystem } from './file-system.js';
import { collectGenerations } from './generation-link.js';
import { generationsPath } from './generation-names.js';
import { companyOf, isDecidedGroup, localGroup, removeMadeDirectories } from './group.js';
import { type Hold, isBeingTakenBack, settleDone, takeBack, unlessAborted } from './hold.js';
import { checkExtendable } from './inspect.js';
import type { Leases } from './lease.js';
import { discardReplaced, finishRun, removeStage } from './leftovers.js';
import type { LocalStaging, LocalStoreOptions } from './local-staging.js';
import { type Owners, processOwners } from './owner.js';
import { type Place, type Surroundings, stagedPath, stagePaths } from './place.js';
import { showGeneration } from './publish-generation.js';
import { publishedLocally } from './published.js';
import { openPart, settledPart } from './settle.js';
import { createStagedFile } from './staged-file.js';
import { attemptStep } from './store-error.js';
import { syncStep } from './sync-step.js';
import { removeEmptyDirectories, removeFile, syncDirectory } from './tree.js';

export interface LocalStoreInit {
  readonly fs: FileSystem;
  /** Makes short calls at once: used where an output begins on a disk of this machine. Default: `fs`. */
  readonly promptFs?: FileSystem | undefined;
  readonly leases: Leases;
  /** Tells whether processes of leftovers live. Default: the system's. */
  readonly owners?: Owners | undefined;
  /** Whether the file system is known to do what publishing needs: it is not tested then. Default false. */
  readonly isTrusted?: boolean | undefined;
  /** Wall time in milliseconds since 1970-01-01T00:00Z. Default: the system's. */
  readonly now?: (() => number) | undefined;
  /** Directories that are never replaced. Default: this process's working directory and its user's home. */
  readonly surroundings?: (() => Surroundings) | undefined;
  /** Makes names that were never used before. Default: random UUIDs. */
  readonly uniqueName?: (() => string) | undefined;
}

export type { LocalStaging, LocalStoreOptions } from './local-staging.js';

type Context = StagedContext<LocalStoreOptions, LocalStaging>;

const never: AbortSignal = new AbortController().signal;

/**
 * Stages beside the target, on the same device, and publishes by rename; see docs/decisions/0001-local-publish.md.
 * Symbolic links are followed: what they name is replaced, the link stays.
 */
export function localStore(init: LocalStoreInit): StoreDefinition<LocalStoreOptions, LocalStaging> {
  const { fs, promptFs = fs, leases, surroundings = ofThisProcess, uniqueName = randomUUID } = init;
  const { owners = processOwners, isTrusted = false, now = () => systemClock.wallTime() } = init;
  const holds = new Map<string, Hold>();
  /** Stages of commits that were given up and are still under way: what such a one shows, it takes back. */
  const doomed = new Set<string>();

  return {
    name: 'local',
    supports: ['overwritePartitions', 'generations', 'replaces'],
    group: localGroup({ fs, leases, holdOf }),

    published: ({ target, signal }) => publishedLocally({ fs, leases, owners, target, signal }),

    begin: async ({ target, signal }) => {
      const around = { surroundings: surroundings(), isTrusted };
      const held = await beginLocal({ fs, promptFs, leases, owners, ...around, target, signal });
      if (held === 'skip') return 'skip';
      holds.set(held.paths.stage, { ...held, target });
      doomed.delete(held.paths.stage);
      return { staging: { place: held.place }, notes: held.notes };
    },

    admit: async ({ target, staging, content }) => {
      if (target.mode !== 'append' && target.mode !== 'overwritePartitions') return;
      await checkExtendable(fs, { ...target, content }, holdOf(target, staging).base);
    },

    createFile: ({ target, staging, path, signal }) => {
      signal.throwIfAborted();
      const { place } = staging;
      const paths = stagePaths(place, target.runId);
      const { output, kind } = target;
      const wanted = stagedPath(place, paths, kind, path);
      if (kind === 'directory') {
        return createStagedFile({ fs, path: wanted, root: paths.work, output });
      }
      // The commit picks by checksum.
      return createStagedFile({
        fs,
        path: openPart(paths, uniqueName()),
        root: paths.stage,
        settleAt: (checksum) => settledPart(paths, checksum),
        output,
      });
    },

    removeFile: async ({ target, staging, file }) => {
      const { place } = staging;
      const path = stagedPath(place, stagePaths(place, target.runId), target.kind, file.path);
      // Closed parts of a single file are named by their content: a later attempt with the same bytes has the same one,
      // and removing it would take its rows away. What the manifest does not name goes when the output ends.
      if (target.kind === 'file') return;
      await attemptStep({ step: 'remove', path, output: target.output }, () => removeFile(fs, path));
    },

    commit: async ({ target, staging, manifest, signal: asked }) => {
      const hold = holdOf(target, staging);
      if (hold.failure !== undefined) throw hold.failure;
      // What a group has decided is not called off.
      const signal = hold.group === undefined ? asked : never;
      signal.throwIfAborted();
      const isGivenUp = (): boolean => hold.isAborted === true;
      const committing = { fs, held: hold, target, manifest, signal, isGivenUp };
      try {
        await commitHeld(hold, committing);
      } finally {
        if (hold.undo === undefined) doomed.delete(hold.paths.stage);
      }
      await unlessAborted(finish(hold), asked);
    },

    verify: async (context) => {
      const { target, staging } = context;
      const stage = stageOf(context);
      const hold = holds.get(stage);
      if (hold?.isDone) return true;
      if (hold?.failure !== undefined || hold?.isAborted || doomed.has(stage)) return false;
      const { place } = staging;
      const takingBack = hold?.takingBack;
      return attemptStep({ step: 'verify', path: place.path, output: target.output }, async () => {
        if (hold !== undefined) await finishRun(fs, place, hold.paths, target.runId);
        if (!(await isThere(fs, place, target))) return false;
        if (target.publish === 'generations') await showGeneration({ fs, place, target });
        await syncedOnce(stage, hold, target, place);
        if (hold === undefined || hold.isDone) return true;
        // Meanwhile: what was given up first, or has failed for good, is taken back, and so may be what was found before.
        if (hold.isAborted || hold.failure !== undefined || isBeingTakenBack(hold)) return false;
        if (hold.takingBack !== takingBack) return false;
        settleDone(hold);
        await unlessAborted(finish(hold), context.signal);
        return true;
      });
    },

    abort: async (context) => {
      const hold = holds.get(stageOf(context));
      if (hold === undefined) return;
      const { place, paths } = hold;
      try {
        // Of a group it depends on the disk. Of any other output nothing may come between this look and the word.
        if (hold.group !== undefined) {
          // What cannot be looked at may be decided.
          let isDecided = true;
          try {
            isDecided = await isDecidedGroup(fs, hold);
          } finally {
            if (isDecided) await publishingOf(hold, hold.group);
          }
          if (isDecided) return;
        }
        // Its stage is being removed: doing it a second time at the same time would fail on what is gone.
        if (hold.isDone && hold.group === undefined) return void (await end(hold));
        if (!hold.isDone) hold.isAborted = true;
        if (hold.isAborted && hold.committing !== undefined) doomed.add(paths.stage);
        // Of a stage from which something is being renamed nothing may be removed: it is needed for the way back.
        await hold.publishing;
        try {
          await takeBack(hold);
        } catch (error) {
          // It may be seen, and no later look is to call it done.
          doomed.add(paths.stage);
          throw error;
        }
        await clearStage(fs, hold);
        if (context.target.publish === 'generations') {
          await removeEmptyDirectories(fs, [generationsPath(place)]);
        }
        await removeMadeDirectories(fs, hold, holds);
      } finally {
        await letGo(hold);
      }
    },
  };

  /**
   * Puts on the disk the name of what a look has found, before it is told of. A second fsync after one that failed proves
   * nothing, so that from a failure on every look says that it is not there.
   */
  async function syncedOnce(
    stage: string,
    hold: Hold | undefined,
    { output }: StoreTarget,
    { parent }: Place,
  ): Promise<void> {
    try {
      await syncStep(parent, output, () => syncDirectory(fs, parent));
    } catch (error) {
      if (hold === undefined) doomed.add(stage);
      else if (error instanceof TailraceError) hold.failure ??= error;
      throw error;
    }
  }

  function holdOf(target: StoreTarget, staging: LocalStaging): Hold {
    const hold = holds.get(stagePaths(staging.place, target.runId).stage);
    if (hold !== undefined) return hold;
    const message =
      `Output "${target.output}" cannot be committed to ${staging.place.path}: this process no longer holds it ` +
      `(it was committed or aborted before). Begin it again.`;
    throw new TailraceError(message, {
      code: 'CLOSED',
      operation: 'commit output',
      context: { path: staging.place.path, output: target.output },
    });
  }

  /** It may still publish, which only who holds the target may do. The last one's place holds the whole group. */
  async function publishingOf(hold: Hold, group: Group): Promise<void> {
    const { last, others } = companyOf(group, holds);
    await hold.committing;
    if (hold !== last) return;
    for (const other of others) await other.committing;
    for (const other of others) if (other.isDone) await letGo(other);
  }

  /**
   * Visible and durable. Of a group every mark stays until all of it is: whoever finds one knows of the others. When this process
   * will not publish the last one any more, who comes next does, and tidies.
   */
  async function finish(hold: Hold): Promise<void> {
    if (hold.group === undefined) return end(hold);
    const { last, others } = companyOf(hold.group, holds);
    if (last === undefined) await letGo(hold);
    else if (hold === last)
      for (const one of [...others.filter(({ isDone }) => isDone), hold]) await end(one);
  }

  /** Visible and durable: what follows is tidying, and the next run on this path takes up what is left of it. */
  function end(hold: Hold): Promise<void> {
    hold.ending ??= tidy(hold);
    return hold.ending;
  }

  async function tidy(hold: Hold): Promise<void> {
    const { place, paths, target } = hold;
    try {
      await discardReplaced(fs, paths);
      if (target.publish === 'generations') await collectGenerations(fs, place, paths, target, now());
      await removeStage(fs, paths);
    } catch {
      // Not a failure of the output, which is done.
    }
    await letGo(hold);
  }

  async function letGo(hold: Hold): Promise<void> {
    // The same run may have begun there again, after a commit that was not waited for.
    if (holds.get(hold.paths.stage) === hold) holds.delete(hold.paths.stage);
    try {
      await hold.groupLease?.release();
    } finally {
      await hold.lease.release();
    }
  }
}

function stageOf({ target, staging }: Context): string {
  return stagePaths(staging.place, target.runId).stage;
}

function ofThisProcess(): Surroundings {
  return { workingDirectory: process.cwd(), homeDirectory: homedir() };
}
