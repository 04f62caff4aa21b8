// Owns what the mode of an output says about what is at its target: go on, skip, or refuse before any row is computed.
import { PlanError } from '../../errors/named-errors.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { StoreTarget } from '../../sink/store.js';
import { checkAppendable } from '../appendable.js';
import type { Facts, FileSystem } from './file-system.js';
import { manifestName, type Place } from './place.js';
import { readManifest } from './published-manifest.js';
import { attemptStep } from './store-error.js';
import { factsAt } from './tree.js';
import type { Version } from './version.js';

const operation = 'begin output';

/** What can be said of a target before anything is looked at. Throws PLAN_INVALID. */
export function checkTarget(target: StoreTarget): void {
  const { kind, mode, publish, content } = target;
  if (kind === 'file' && (mode === 'append' || mode === 'overwritePartitions')) {
    const [what, why] =
      mode === 'append'
        ? ['append to', 'a file is replaced as a whole']
        : ['overwrite partitions of', 'a file has none'];
    throw refusal(
      target,
      `cannot ${what} the single file ${target.path}: ${why}. Write to a directory, or use mode overwrite.`,
    );
  }
  if (kind === 'file' && publish === 'generations') {
    throw refusal(
      target,
      `cannot publish the single file ${target.path} by generations, which are directories. ` +
        `Write to a directory, or leave out publish: a file is replaced by one rename anyway.`,
    );
  }
  if (mode === 'overwritePartitions' && content !== undefined && content.partitionBy.length === 0) {
    throw refusal(
      target,
      `cannot overwrite partitions of ${target.path}: it is not partitioned. ` +
        `Name the columns in partitionBy, or use mode overwrite.`,
    );
  }
}

/** Decides by the mode about what is at the target. True: leave it, and write nothing. */
export async function inspect(
  fs: FileSystem,
  place: Place,
  target: StoreTarget,
  base: Version,
): Promise<boolean> {
  const { kind, mode, output } = target;
  const looking = { step: 'look at', path: place.path, output };
  const facts = await attemptStep(looking, () => factsAt(fs, place.path));
  if (facts === undefined) return false;
  if (base.path === undefined && kind === 'directory') {
    // Empty, or a link of ours to nothing.
    if (facts.kind === 'directory') await checkReplaceable(fs, place, target, facts.device);
    if (facts.kind === 'directory' || target.publish === 'generations') return false;
  }
  if (mode === 'ignore') return true;
  if (mode === 'error') {
    const message =
      `Output "${output}" goes to ${place.path}, which exists, and its mode is "error". ` +
      `Choose mode "overwrite", "append" or "ignore", or another path.`;
    throw new TailraceError(message, {
      code: 'TARGET_EXISTS',
      operation,
      context: { path: place.path, output },
    });
  }
  checkKind(place, target, base, facts);
  if (kind === 'file') return false;
  if (facts.kind === 'directory') await checkReplaceable(fs, place, target, facts.device);
  if (mode !== 'overwrite') await checkExtendable(fs, target, base);
  return false;
}

function checkKind(place: Place, target: StoreTarget, base: Version, facts: Facts): void {
  const { kind, publish, adopt } = target;
  const isGenerations = publish === 'generations';
  if (facts.kind === 'link' && isGenerations) return;
  if (facts.kind === 'link') {
    throw refusal(
      target,
      `goes to ${place.path}, which is published by generations. Give publish: 'generations', or another path.`,
    );
  }
  if (facts.kind !== kind) {
    const found = facts.kind === 'other' ? 'neither a file nor a directory' : `a ${facts.kind}`;
    throw refusal(
      target,
      `writes a ${kind} to ${place.path}, where there is ${found}. Remove it, or choose another path.`,
    );
  }
  if (!isGenerations) return;
  if (base.generation > 0) {
    throw refusal(
      target,
      `goes to ${place.path}, which is a plain directory beside generations of it (.${place.name}.gen). ` +
        `Remove one of the two.`,
    );
  }
  if (adopt !== true) {
    throw refusal(
      target,
      `publishes by generations to ${place.path}, which is a plain directory. Give adopt: true to make it the first ` +
        `generation (the path then becomes a link, and is absent for a moment), or choose another path.`,
    );
  }
}

/** What would make replacing an existing directory fail at the commit. */
async function checkReplaceable(
  fs: FileSystem,
  place: Place,
  target: StoreTarget,
  device: string,
): Promise<void> {
  const looking = { step: 'look at', path: place.parent, output: target.output };
  const parent = await attemptStep(looking, () => fs.lstat(place.parent));
  if (parent.device === device) return;
  throw refusal(
    target,
    `cannot replace ${place.path}, which is a mount point. Write to a directory below it.`,
  );
}

/** What would make extending a dataset fail at the commit, as far as it is known. */
export async function checkExtendable(fs: FileSystem, target: StoreTarget, base: Version): Promise<void> {
  if (base.path === undefined) return;
  const path = `${base.path}/${manifestName}`;
  const previous = await attemptStep({ step: 'read', path, output: target.output }, () =>
    readManifest(fs, path),
  );
  if (previous === 'foreign') {
    throw refusal(
      target,
      `cannot be appended to ${base.path}: ${path} is not a manifest of this program, ` +
        `and would be replaced. Move it away, or use mode overwrite.`,
    );
  }
  if (previous !== 'absent') {
    checkAppendable(previous, { ...target.content, output: target.output }, base.path);
  }
}

function refusal(target: StoreTarget, problem: string): PlanError {
  const context = { path: target.path, output: target.output };
  return new PlanError(`Output "${target.output}" ${problem}`, { operation, context });
}
