// Owns what is told of runs as a whole, each by itself: an inspector may see several at once. Pure.
import {
  brokenDown,
  type GoneMessage,
  type GraphMessage,
  type ProgressMessage,
  type ReportMessage,
} from '../stream/message.js';
import { mostGone, mostRuns } from '../stream/remembered.js';

export interface RunView {
  /** Session id of the run; empty in recordings that tell of one run at a time. */
  readonly id: string;
  readonly graph: GraphMessage | undefined;
  readonly progress: readonly ProgressMessage[];
  readonly report: ReportMessage | undefined;
  /** Milliseconds since 1970 of its first message. */
  readonly from: number;
}

/** Looks at all runs together that are kept. */
export const mostLooks = 8_000;

/** Runs under change, in the order in which they began, inside one call only. */
export interface RunsDraft {
  take(message: GoneMessage | GraphMessage | ProgressMessage | ReportMessage): void;
  readonly runs: ReadonlyMap<string, RunView>;
  /** Ids of those that were more than are kept, in this call. */
  readonly dropped: ReadonlySet<string>;
  /** Ids of those that were, in any call: what is still told of them is passed over. */
  readonly gone: ReadonlySet<string>;
}

export function draftRuns(before: ReadonlyMap<string, RunView>, goneBefore: ReadonlySet<string>): RunsDraft {
  const runs = new Map(before);
  const dropped = new Set<string>();
  let gone = goneBefore;
  let isChanged = false;
  /** Lists that are copies already. */
  const looks = new Map<string, ProgressMessage[]>();

  const looksOf = (run: RunView): ProgressMessage[] => {
    const known = looks.get(run.id) ?? [...run.progress];
    looks.set(run.id, known);
    return known;
  };
  const drop = (ids: readonly string[]): void => {
    for (const id of ids) {
      runs.delete(id);
      dropped.add(id);
    }
    gone = new Set([...gone, ...ids].slice(-mostGone));
  };
  const dropOldest = (): void => {
    if (runs.size <= mostRuns) return;
    const all = [...runs.values()];
    const oldest = all.find(isOver) ?? all[0];
    if (oldest !== undefined) drop([oldest.id]);
  };
  const comesBack = (id: string): void => {
    if (!gone.has(id)) return;
    dropped.delete(id);
    gone = new Set([...gone].filter((each) => each !== id));
  };

  return {
    // What nothing was told about is the same object as before.
    get runs() {
      return isChanged ? runs : before;
    },
    dropped,
    get gone() {
      return gone;
    },
    take(message) {
      if (message.type === '@tailrace.gone') {
        isChanged ||= message.runs.some((each) => runs.has(each));
        drop(message.runs);
        return;
      }
      const id = message.run ?? '';
      // Such a run was one too many. Were it taken for a new one, another would have to go for it.
      if (message.type !== '@tailrace.graph' && id !== '' && !runs.has(id)) return;
      isChanged = true;
      const known = runs.get(id) ?? {
        id,
        graph: undefined,
        progress: [],
        report: undefined,
        from: message.at,
      };
      if (message.type === '@tailrace.graph') {
        comesBack(id);
        // One without an id is the next one of its recording.
        runs.delete(id);
        looks.delete(id);
        runs.set(id, { id, graph: message, progress: [], report: undefined, from: message.at });
      } else if (message.type === '@tailrace.report') {
        runs.set(id, { ...known, report: message });
      } else {
        const progress = looksOf(known);
        progress.push(message);
        const most = Math.floor(mostLooks / Math.max(2, runs.size));
        if (progress.length > most) progress.splice(0, progress.length - most);
        runs.set(id, { ...known, progress });
      }
      dropOldest();
    },
  };
}

/** It has ended: with its report, or it has broken down and there is none. */
export const isOver = ({ report, progress }: Pick<RunView, 'report' | 'progress'>): boolean =>
  report !== undefined || progress.at(-1)?.state === brokenDown;

/**
 * Until one is chosen: the latest that goes on; when all have ended, the one that did so last.
 * @param isLost their program is not heard of any more: none of them goes on, as far as anybody can tell
 */
export function latestRun(runs: ReadonlyMap<string, RunView>, isLost = false): RunView | undefined {
  const all = [...runs.values()];
  const living = isLost ? undefined : all.findLast((run) => !isOver(run));
  return living ?? all.reduce((last, run) => (heardAt(run) >= heardAt(last) ? run : last), all[0]);
}

/** Milliseconds since 1970 at which a run was last heard of. What comes after its report is not about it. */
const heardAt = (run: RunView | undefined): number =>
  run === undefined ? 0 : (run.report?.at ?? run.progress.at(-1)?.at ?? run.from);
