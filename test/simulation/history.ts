// Owns what may be seen at one target, from what runs there have done: the promise of DESIGN section 6 as a small model.
// It is told what happens and looks at the disk; it knows nothing of how a store works.
import {
  checkManifest,
  type Expectations,
  type Observation,
  observe,
  type Piece,
  pieceOf,
  type Target,
} from './observe.js';
import type { OutputPlan } from './plans.js';
import { countsOf } from './rows.js';
import type { CallUnderWay, ProcessLife, World } from './world.js';

/** The pieces that make up a version, sorted; undefined: nothing there. */
export type Version = readonly Piece[] | undefined;

/** A commit of one member of a group, as it may leave the target. */
export interface Turn {
  readonly before: readonly Version[];
  readonly after: readonly Version[];
}

/** A run that may have published, or may yet: it commits now, or was cut short while it did. */
interface Undecided {
  readonly versions: readonly Version[];
  /** Whether it moves the version before aside for a moment. */
  readonly swaps: boolean;
}

/**
 * A run that was given up while a call that exchanges the version, or brings it back, hung in the disk: nothing in a process can
 * recall such a call. What that one call shows, when it happens at last, may be seen until the run has taken it back; it
 * must have before it lets go of its lease.
 */
interface Late extends Undecided {
  readonly process: ProcessLife;
  readonly hanging: readonly CallUnderWay[];
  /** What it has done is seen, and not taken back yet. */
  isShown: boolean;
}

export interface History {
  readonly target: Target;
  /** The lease is taken, what dead runs left is repaired. */
  begun(by: string): void;
  committing(by: string, mode: OutputPlan['mode']): Turn;
  /** The commit has said that it succeeded. */
  committed(by: string, runId: string): void;
  /** @param isSure whether nothing went wrong that could leave the outcome open */
  gaveUp(by: string, process: ProcessLife, isSure: boolean): void;
  /** Which side of a member's commit is visible; `either` where they look the same. */
  shows(turn: Turn): 'old' | 'new' | 'either' | 'neither';
  /** From now on a member's commit has happened for good, or never will. */
  conclude(by: string, turn: Turn, side: 'old' | 'new'): void;
  /** All of what a run commits is visible, whoever else has added to it. */
  holds(by: string): boolean;
  /** The run has let go of its lease. */
  released(by: string): void;
  /** The disk is now what the power cut left. */
  powerCut(): void;
  /**
   * Looks whether what is visible is allowed.
   * @param made the call that was made just now
   */
  look(why: string, made: CallUnderWay): void;
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
}

export function createHistory({ world, target, expected }: HistoryOptions): History {
  let possible: readonly Version[] = [undefined];
  /** What else a power cut may bring back. */
  let earlier: readonly Version[] = [undefined];
  let isAdopting = false;
  const undecided = new Map<string, Undecided>();
  const late = new Map<string, Late>();

  const piecesOf = (by: string): Piece[] => {
    const choice = expected(by);
    return choice === undefined
      ? []
      : Array.from(countsOf(choice).keys(), (part) => pieceOf(by, part)).sort();
  };
  const matches = (versions: readonly Version[], { pieces }: Observation): Version[] =>
    versions.filter((version) => isSame(version, pieces));
  const visible = (): Observation => observe(world.disk, target, expected);
  /** One whose process has died is as any other that was cut short: who comes next finds what it left. */
  const open = (): Undecided[] => {
    const ofLate = [...late.values()].filter(({ isShown, process }) => isShown || !process.alive);
    return [...undecided.values(), ...ofLate];
  };
  const all = (): Version[] => [...possible, ...open().flatMap(({ versions }) => versions)];
  const swaps = (): boolean => open().some((one) => one.swaps);
  const slash = target.path.lastIndexOf('/') + 1;
  const beside = `${target.path.slice(0, slash)}.${target.path.slice(slash)}`;
  const isExchange = ({ call, path, to }: CallUnderWay): boolean =>
    (call === 'rename' || call === 'link' || call === 'unlink') &&
    [path, to].some(
      (at) =>
        at === target.path || at === `${beside}.manifest.json` || at?.startsWith(`${beside}.gen/`) === true,
    );
  /** What was taken back may not be shown once more, but by a further call that hung. */
  const noteWayBack = (): void => {
    if (late.size === 0) return;
    const wanted = [...possible, ...[...undecided.values()].flatMap(({ versions }) => versions)];
    if (matches(wanted, visible()).length === 0) return;
    for (const one of late.values()) one.isShown = false;
  };
  const tell = (why: string, observed: Observation): boolean => {
    for (const { harm, message } of observed.problems) world.violate(harm, `${why}: ${message}`);
    return observed.problems.length > 0;
  };
  /** Compares what is visible with what is allowed, and gives what it may be. */
  const compare = (why: string, allowed: readonly Version[], mayBeAbsent: boolean): Version[] => {
    const observed = visible();
    if (tell(why, observed)) return [];
    const found = matches(allowed, observed);
    if (found.length > 0) return found;
    if (observed.pieces === undefined && mayBeAbsent) return [];
    const names = allowed.map(show).join(' or ');
    const isLess = allowed.every((version) => version?.some((piece) => !observed.pieces?.includes(piece)));
    const what = `${target.path} shows ${show(observed.pieces)} instead of ${names}`;
    world.violate(isLess ? 'lost' : 'half visible', `${why}: ${what}`);
    return [];
  };

  return {
    target,
    start(by) {
      isAdopting = true;
      possible = [piecesOf(by)];
      earlier = possible;
    },
    begun(by) {
      const found = compare(`after the repair by ${by}`, all(), false);
      const before = [...earlier, ...all()];
      undecided.clear();
      late.clear();
      if (found.length > 0) possible = found;
      earlier = [...before, ...possible];
    },
    committing(by, mode) {
      const own = piecesOf(by);
      const replaced = new Set(own.map((piece) => piece.slice(piece.indexOf('/'))));
      const after = (version: Version): Version[] => {
        if (mode === 'append') return [[...(version ?? []), ...own].sort()];
        if (mode === 'overwritePartitions') {
          const kept = (version ?? []).filter((piece) => !replaced.has(piece.slice(piece.indexOf('/'))));
          return [[...kept, ...own].sort()];
        }
        return mode === 'overwrite' || version === undefined ? [own] : [];
      };
      const versions = possible.flatMap(after);
      undecided.set(by, {
        versions,
        // With generations, only the directory that was there before them is moved aside.
        swaps: mode !== 'error' && target.kind === 'directory' && (target.publish === 'swap' || isAdopting),
      });
      return { before: [...possible, ...earlier], after: versions };
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
        const what = `${target.path} shows ${show(left.pieces)} instead of ${found.map(show).join(' or ')}`;
        world.violate('lost', `${why}, power cut right then: ${what}`);
        return;
      }
    },
    gaveUp(by, process, isSure) {
      const own = undecided.get(by);
      if (own === undefined || !isSure) return;
      undecided.delete(by);
      const hanging = [...process.underWay.values()].filter(isExchange);
      if (hanging.length > 0) late.set(process.name, { ...own, process, hanging, isShown: true });
      compare(`${by} gave up`, all(), swaps());
      noteWayBack();
    },
    shows({ before, after }) {
      const seen = visible();
      const isOld = matches(before, seen).length > 0;
      const isNew = matches(after, seen).length > 0;
      if (isOld && isNew) return 'either';
      return isNew ? 'new' : isOld ? 'old' : 'neither';
    },
    conclude(by, { after }, side) {
      undecided.delete(by);
      if (side === 'old') return;
      possible = matches(after, visible());
      earlier = possible;
    },
    holds(by) {
      const { pieces } = visible();
      return pieces !== undefined && piecesOf(by).every((piece) => pieces.includes(piece));
    },
    powerCut() {
      const found = compare('after the power cut', [...earlier, ...all()], swaps());
      if (found.length > 0) {
        // A generation whose link is gone may still lie there with its number: the next run shows it again.
        const again = target.publish === 'generations' ? possible : [];
        earlier = found;
        possible = [...found, ...again];
      } else {
        possible = [...earlier, ...possible];
      }
    },
    released(by) {
      if (late.delete(by)) compare(`${by} has let go`, all(), swaps());
    },
    look(why, made) {
      for (const one of late.values()) one.isShown ||= one.hanging.includes(made);
      compare(why, all(), swaps());
      noteWayBack();
    },
    final: () => void compare('at the end', possible, false),
  };
}
