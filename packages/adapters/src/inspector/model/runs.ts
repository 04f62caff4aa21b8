// Owns what is told of runs as a whole, each by itself: an inspector may see several at once. Pure.
import type { GraphMessage, ProgressMessage, ReportMessage } from '../stream/message.js';
import { mostRuns } from '../stream/remembered.js';

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
  take(message: GraphMessage | ProgressMessage | ReportMessage): void;
  readonly runs: ReadonlyMap<string, RunView>;
}

export function draftRuns(before: ReadonlyMap<string, RunView>): RunsDraft {
  const runs = new Map(before);
  let isChanged = false;
  /** Lists that are copies already. */
  const looks = new Map<string, ProgressMessage[]>();

  const looksOf = (run: RunView): ProgressMessage[] => {
    const known = looks.get(run.id) ?? [...run.progress];
    looks.set(run.id, known);
    return known;
  };
  const drop = (): void => {
    if (runs.size <= mostRuns) return;
    const all = [...runs.values()];
    const oldest = all.find(({ report }) => report !== undefined) ?? all[0];
    if (oldest !== undefined) runs.delete(oldest.id);
  };

  return {
    // What nothing was told about is the same object as before.
    get runs() {
      return isChanged ? runs : before;
    },
    take(message) {
      isChanged = true;
      const id = message.run ?? '';
      const known = runs.get(id) ?? {
        id,
        graph: undefined,
        progress: [],
        report: undefined,
        from: message.at,
      };
      if (message.type === '@tailrace.graph') {
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
      drop();
    },
  };
}

/** Until one is chosen: the latest that goes on; when all have ended, the latest. */
export function latestRun(runs: ReadonlyMap<string, RunView>): RunView | undefined {
  const all = [...runs.values()];
  return all.findLast(({ report }) => report === undefined) ?? all.at(-1);
}
