// Owns the limit on what lanes tell: a lane that changes too often to be drawn is told in sums, so and so long in each
// hundred milliseconds, laid end to end. Nothing is lost of how long was spent on what, only of its order. Pure.
import type { LaneMessage } from './message.js';

export interface LaneSums {
  /** What to tell for a change: itself, nothing yet, or that what the lane has told of so far is over. */
  add(change: LaneMessage): readonly LaneMessage[];
  /** A run begins: a lane in which nothing goes on begins anew, too. */
  begin(): void;
  /** Ends the moment that sums are made of; a lane that has become quiet tells every change again. */
  end(at: number): readonly LaneMessage[];
  /** Lanes that are told in sums now. */
  readonly summed: number;
  /** Lanes of which something is remembered. */
  readonly size: number;
}

export interface LaneSumsOptions {
  /** Changes of one lane that are told one by one before it is asked how often they come. Default 2,000. */
  readonly burst?: number | undefined;
  /** Changes of one lane within `windowMs` that are told one by one. Default 40. */
  readonly changes?: number | undefined;
  /** Milliseconds. Default 100. */
  readonly windowMs?: number | undefined;
}

interface Open {
  readonly change: LaneMessage & { readonly doing: string };
  since: number;
}

interface Lane {
  readonly key: string;
  readonly run: string | undefined;
  readonly name: string;
  /** What goes on in it, by who does it. */
  readonly open: Map<string, Open>;
  /** Milliseconds by what was done, since `from`. */
  readonly sums: Map<string, number>;
  from: number;
  /** When it changed last. */
  last: number;
  /** Since `from`. */
  changes: number;
  /** Since it began, or was quiet last. */
  told: number;
  isSummed: boolean;
}

/** Windows without a change after which a lane is quiet. */
const quietWindows = 10;
/** Lanes that are remembered before it is asked which are quiet and empty. */
const fewLanes = 64;

export function createLaneSums({
  burst = 2_000,
  changes: mostChanges = 40,
  windowMs = 100,
}: LaneSumsOptions = {}): LaneSums {
  /** By run and name: every run has a `w1`. */
  const lanes = new Map<string, Lane>();
  /** The lane of the last change, which is that of the next one most often: to make its key costs as much as all else. */
  let latest: Lane | undefined;
  const known = (change: LaneMessage): Lane | undefined => {
    if (latest === undefined || latest.name !== change.lane || latest.run !== change.run)
      latest = lanes.get(keyOf(change));
    return latest;
  };
  const drop = (lane: Lane): void => {
    lanes.delete(lane.key);
    if (lane === latest) latest = undefined;
  };
  let summed = 0;
  let mostLanes = fewLanes;

  const isQuiet = ({ last }: Lane, at: number): boolean => at - last >= quietWindows * windowMs;
  /** Each output of a pool has a lane of its own, and a pool may see any number of them. */
  const forget = (isOver: (lane: Lane) => boolean): void => {
    for (const lane of lanes.values()) if (lane.open.size === 0 && !lane.isSummed && isOver(lane)) drop(lane);
    // Twice as many as there are, so that each change costs the same in the mean.
    mostLanes = Math.max(fewLanes, 2 * lanes.size);
  };

  const laneOf = (change: LaneMessage): Lane => {
    const { run, lane: name, at: from } = change;
    const before = known(change);
    if (before !== undefined) return before;
    const key = keyOf(change);
    if (lanes.size >= mostLanes) forget((lane) => isQuiet(lane, from));
    const lane: Lane = {
      key,
      run,
      name,
      open: new Map(),
      sums: new Map(),
      from,
      last: from,
      changes: 0,
      told: 0,
      isSummed: false,
    };
    lanes.set(key, lane);
    return lane;
  };

  /** What goes on from `at` is counted apart. */
  const cut = ({ open, sums }: Lane, at: number): void => {
    for (const each of open.values()) {
      count(sums, each, at);
      each.since = at;
    }
  };

  const beginSums = (lane: Lane, at: number): readonly LaneMessage[] => {
    lane.isSummed = true;
    lane.from = at;
    summed += 1;
    const over = Array.from(lane.open.values(), ({ change }) => ({ ...change, at, doing: null }));
    cut(lane, at);
    lane.sums.clear();
    return over;
  };

  const endSums = (lane: Lane, at: number): readonly LaneMessage[] => {
    lane.isSummed = false;
    summed -= 1;
    if (lane.open.size === 0) drop(lane);
    return Array.from(lane.open.values(), ({ change }) => ({ ...change, at }));
  };

  return {
    get summed() {
      return summed;
    },
    get size() {
      return lanes.size;
    },
    begin() {
      forget(() => true);
    },
    add(change) {
      const { id, doing } = change;
      // The end of what was never told of as begun: most moves of most actors are of this kind.
      if (doing === null && known(change)?.open.has(id) !== true) return [];
      const lane = laneOf(change);
      // Some changes are told a little late. Sums are made of what comes in order.
      const at = lane.told >= burst ? Math.max(change.at, lane.last) : change.at;
      if (!lane.isSummed && at - lane.from >= windowMs) {
        lane.from = at;
        lane.changes = 0;
      }
      if (isQuiet(lane, at)) lane.told = 0;
      lane.last = Math.max(lane.last, at);
      lane.changes += 1;
      lane.told += 1;
      const isTooMuch = lane.told > burst && lane.changes > mostChanges;
      const over = isTooMuch && !lane.isSummed ? beginSums(lane, at) : [];
      const before = lane.open.get(id);
      if (lane.isSummed && before !== undefined) count(lane.sums, before, at);
      if (doing === null) lane.open.delete(id);
      else lane.open.set(id, { change: { ...change, at, doing }, since: at });
      return lane.isSummed ? over : [{ ...change, at }];
    },
    end(at) {
      const told: LaneMessage[] = [];
      for (const lane of lanes.values()) {
        if (!lane.isSummed || at <= lane.from) continue;
        cut(lane, at);
        told.push(...laidOut(lane, at));
        const isSlow = lane.changes <= mostChanges / 2;
        lane.sums.clear();
        lane.changes = 0;
        lane.from = at;
        if (isSlow) told.push(...endSums(lane, at));
      }
      return told;
    },
  };
}

const keyOf = ({ run = '', lane }: LaneMessage): string => (run === '' ? lane : `${run} ${lane}`);

function count(sums: Map<string, number>, { change, since }: Open, at: number): void {
  sums.set(change.doing, (sums.get(change.doing) ?? 0) + at - since);
}

/** The sums of a lane one after the other; what is longer than the time there was went on side by side. */
function laidOut({ key, run, name: lane, sums, from, changes }: Lane, to: number): LaneMessage[] {
  const told: LaneMessage[] = [];
  const name = `sum of ${changes} changes`;
  let track = 0;
  let at = from;
  const tell = (doing: string | null): void => {
    told.push({ type: '@tailrace.lane', at, run, id: `${key} sum ${track}`, lane, name, doing });
  };
  for (const [doing, ms] of sums) {
    for (let left = ms; left > 0; ) {
      const part = Math.min(left, to - at);
      tell(doing);
      at += part;
      left -= part;
      if (at < to) continue;
      tell(null);
      track += 1;
      at = from;
    }
  }
  if (at > from) tell(null);
  return told;
}
