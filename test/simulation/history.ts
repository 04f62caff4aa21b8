// Owns what may be seen at one target, from what runs there have done: the promise of DESIGN section 6 as a small model.
// It is told what happens and looks at the disk; it knows nothing of how a store works.
import { checkManifest, type Expectations, type Observation, observe, type Target } from './observe.js';
import type { World } from './world.js';

/** The processes whose rows make up a version, sorted; undefined: nothing there. */
type Version = readonly string[] | undefined;

/** A run that may have published, or may yet: it commits now, or was cut short while it did. */
interface Undecided {
  readonly versions: readonly Version[];
  /** Whether it moves the version before aside for a moment. */
  readonly swaps: boolean;
}

export interface History {
  readonly target: Target;
  /** The lease is taken, what dead runs left is repaired. */
  begun(by: string): void;
  committing(by: string, mode: 'error' | 'overwrite' | 'append'): void;
  /** The commit has said that it succeeded. */
  committed(by: string, runId: string): void;
  /** @param isSure whether nothing went wrong that could leave the outcome open */
  gaveUp(by: string, isSure: boolean): void;
  /** The disk is now what the power cut left. */
  powerCut(): void;
  /** Looks whether what is visible is allowed. */
  look(why: string): void;
  /** Every run has ended, and the next one has repaired what there was to repair. */
  final(): void;
  /** Installed before the first run. */
  start(by: string): void;
}

const isSame = (one: Version, other: Version): boolean =>
  one === undefined || other === undefined ? one === other : one.join() === other.join();
const show = (version: Version): string => (version === undefined ? 'nothing' : `[${version.join(' ')}]`);

export interface HistoryOptions {
  readonly world: World;
  readonly target: Target;
  readonly expected: Expectations;
  /** Whether a process wrote no rows at all, so that a reader cannot tell that it wrote. */
  readonly isEmpty: (by: string) => boolean;
}

export function createHistory({ world, target, expected, isEmpty }: HistoryOptions): History {
  let possible: readonly Version[] = [undefined];
  /** What else a power cut may bring back. */
  let earlier: readonly Version[] = [undefined];
  let isAdopting = false;
  const undecided = new Map<string, Undecided>();

  const seen = (version: Version): Version => version?.filter((by) => !isEmpty(by));
  const matches = (versions: readonly Version[], { writers }: Observation): Version[] =>
    versions.filter((version) => isSame(seen(version), writers));
  const all = (): Version[] => [...possible, ...[...undecided.values()].flatMap(({ versions }) => versions)];
  const swaps = (): boolean => [...undecided.values()].some((one) => one.swaps);
  const tell = (why: string, observed: Observation): boolean => {
    for (const { harm, message } of observed.problems) world.violate(harm, `${why}: ${message}`);
    return observed.problems.length > 0;
  };
  /** Compares what is visible with what is allowed, and gives what it may be. */
  const compare = (why: string, allowed: readonly Version[], mayBeAbsent: boolean): Version[] => {
    const observed = observe(world.disk, target, expected);
    if (tell(why, observed)) return [];
    const found = matches(allowed, observed);
    if (found.length > 0) return found;
    if (observed.writers === undefined && mayBeAbsent) return [];
    const names = allowed.map(show).join(' or ');
    const isLess = allowed.every((version) => version?.some((by) => !observed.writers?.includes(by)));
    const what = `${target.path} shows ${show(observed.writers)} instead of ${names}`;
    world.violate(isLess ? 'lost' : 'half visible', `${why}: ${what}`);
    return [];
  };

  return {
    target,
    start(by) {
      isAdopting = true;
      possible = [[by]];
      earlier = [[by]];
    },
    begun(by) {
      const found = compare(`after the repair by ${by}`, all(), false);
      const before = [...earlier, ...all()];
      undecided.clear();
      if (found.length > 0) possible = found;
      earlier = [...before, ...possible];
    },
    committing(by, mode) {
      const after = (version: Version): Version[] => {
        if (mode === 'append') return [[...(version ?? []), by].sort()];
        return mode === 'overwrite' || version === undefined ? [[by]] : [];
      };
      undecided.set(by, {
        versions: possible.flatMap(after),
        // With generations, only the directory that was there before them is moved aside.
        swaps: mode !== 'error' && target.kind === 'directory' && (target.publish === 'swap' || isAdopting),
      });
    },
    committed(by, runId) {
      const own = undecided.get(by);
      undecided.delete(by);
      const why = `${by} is done`;
      if (own === undefined) {
        world.violate('broken rule', `${why}, but never committed ${target.path}`);
        return;
      }
      const found = compare(why, own.versions, false);
      if (found.length === 0) return;
      possible = found;
      earlier = found;
      for (const { harm, message } of checkManifest(world.disk, target, runId))
        world.violate(harm, `${why}: ${message}`);
      // Were the power cut now: once with everything lost that was not synced, twice by chance.
      const dice = world.dice.fork(7);
      for (const chance of [undefined, dice, dice]) {
        const left = observe(world.disk.afterPowerCut(chance, world.trouble.ordered), target, expected);
        if (tell(`${why}, power cut right then`, left)) return;
        if (matches(found, left).length > 0) continue;
        const what = `${target.path} shows ${show(left.writers)} instead of ${found.map(show).join(' or ')}`;
        world.violate('lost', `${why}, power cut right then: ${what}`);
        return;
      }
    },
    gaveUp(by, isSure) {
      if (!undecided.has(by) || !isSure) return;
      undecided.delete(by);
      compare(`${by} gave up`, all(), swaps());
    },
    powerCut() {
      const found = compare('after the power cut', [...earlier, ...all()], swaps());
      if (found.length > 0) {
        possible = found;
        earlier = found;
      } else {
        possible = [...earlier, ...possible];
      }
    },
    look: (why) => void compare(why, all(), swaps()),
    final: () => void compare('at the end', possible, false),
  };
}
